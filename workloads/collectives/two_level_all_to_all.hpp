#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// All-to-all in two steps: inside every node the members exchange what leaves along each other's rails, then the
// members of a rail exchange what has been gathered, so that between nodes there are fewer and larger messages (the PXN
// of NCCL 2.12; the hierarchical all-to-all of DeepSpeed).
PlanPointer plan_two_level_all_to_all(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
