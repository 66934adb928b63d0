#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// A double tree over the nodes for each rail, with a chain through the members of every node, as NCCL lays out its
// channels ("split tree" in its src/graph/connect.cc): the chain's first member has the parent and one child, its
// second one the other child. The request's channels are double trees; unless stated, as many as a node has members.
PlanPointer plan_rail_trees(const CollectiveRequest& request, const CollectiveGround& ground);
PlanPointer plan_rail_trees_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
