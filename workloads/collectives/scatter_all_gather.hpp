#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Broadcast as a scatter along a binomial tree, then an all-gather round a ring, which a member enters after its last
// send of the scatter (van de Geijn; Thakur, Rabenseifner and Gropp 2005).
PlanPointer plan_scatter_all_gather(const CollectiveRequest& request, const CollectiveGround& ground);
// The rounds of the ring as one flow.
PlanPointer plan_scatter_all_gather_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
