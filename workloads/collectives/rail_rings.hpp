#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Rings through all members, node after node, as NCCL lays out its channels: every ring enters and leaves nodes at
// another member, so that all rails carry an equal part. As many rings as a node has members, unless channels are
// stated.
PlanPointer plan_rail_rings(const CollectiveRequest& request, const CollectiveGround& ground);
PlanPointer plan_rail_rings_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
