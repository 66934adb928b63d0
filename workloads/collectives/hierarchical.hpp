#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Rings inside nodes, then rings along rails (the members of equal place in their nodes), each rail for its own part of
// the data; back in reverse. Where a node has one NIC, its rails share it.
PlanPointer plan_hierarchical(const CollectiveRequest& request, const CollectiveGround& ground);
PlanPointer plan_hierarchical_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
