#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// All-to-all in rounds: in the i-th a member sends to the i-th member after it and hears from the i-th before it.
PlanPointer plan_pairwise(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
