#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// All-gather and reduce-scatter by parallel aggregated trees, as NCCL does since 2.23 (Jeaugey 2025): every share takes
// a binomial tree of its own, over far distances first, and a message carries several shares where these are small.
PlanPointer plan_pat(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
