#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Reduce-scatter, all-gather and all-reduce (one after the other) round a ring of all members: Patarasuk and Yuan 2009.
PlanPointer plan_ring(const CollectiveRequest& request, const CollectiveGround& ground);
// The same as one steady flow from each member to the next.
PlanPointer plan_ring_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
