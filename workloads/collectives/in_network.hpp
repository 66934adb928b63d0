#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Reduction in a tree of switches, as SHARP does it (Graham et al. 2016): every member sends its vector to its switch,
// switches combine what their children send and pass it up, and the result comes down the same way, segment by segment.
PlanPointer plan_in_network(const CollectiveRequest& request, const CollectiveGround& ground);
// The same with one steady flow over each link of the tree, as of very many segments.
PlanPointer plan_in_network_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
