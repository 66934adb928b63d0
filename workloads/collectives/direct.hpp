#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Everybody sends to everybody whom it concerns at once. All-reduce is a reduce-scatter, then an all-gather.
PlanPointer plan_direct(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
