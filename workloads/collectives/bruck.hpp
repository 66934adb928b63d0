#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// All-to-all, all-gather and barrier (dissemination) in as few rounds as there are, with any number of members (Bruck
// et al. 1997). In round k of all-to-all, a member passes on what still has to go 2^k members further.
PlanPointer plan_bruck(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
