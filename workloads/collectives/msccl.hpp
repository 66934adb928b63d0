#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// An algorithm out of an MSCCL file (request.file). It is carried out on sets of contributions first: a file that
// deadlocks, or loses or doubles data, is refused with line, gpu, tb and step.
PlanPointer plan_msccl(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
