#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Reduction in the one switch that joins all members, as NVLS does it on NVLink switches (NCCL 2.17): the switch reads
// every vector and gives each member the sum of its share, and what a member sends it is handed to everyone. The two
// phases of an all-reduce overlap or follow one another, as the request says.
PlanPointer plan_in_switch(const CollectiveRequest& request, const CollectiveGround& ground);
// The same as steady flows, as of very many segments.
PlanPointer plan_in_switch_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
