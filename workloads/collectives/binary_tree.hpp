#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Broadcast, reduction and all-reduce (both at once) along a complete binary tree, in segments, each of which a member
// sends to its left child, then to its right one.
PlanPointer plan_binary_tree(const CollectiveRequest& request, const CollectiveGround& ground);
// The segments but the first and the last as one flow.
PlanPointer plan_binary_tree_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
