#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Broadcast, reduction and all-reduce (both at once) along a chain of members, in segments.
PlanPointer plan_chain(const CollectiveRequest& request, const CollectiveGround& ground);
// The segments but the first and the last as one flow.
PlanPointer plan_chain_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
