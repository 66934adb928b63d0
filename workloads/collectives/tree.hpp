#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Broadcast and its kin along a binomial tree: a member sends to its largest subtree first, and hears from its smallest
// first. All-reduce is a reduction, then a broadcast (Thakur, Rabenseifner and Gropp 2005).
PlanPointer plan_tree(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
