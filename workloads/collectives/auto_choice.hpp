#pragma once

#include "workloads/collectives/algorithms.hpp"
#include "workloads/collectives/nccl_model.hpp"

// Algorithm "auto": which one it is, and why.
namespace lockstep::workloads {

struct AutoChoice {
  CollectiveRequest request;  // with the algorithm and the segments that were chosen
  std::string protocol;       // NCCL's; empty where another rule chose
  // What every algorithm that was thought of takes, by the model that the reason names.
  std::vector<nccl::ExpectedTime> candidates;
  std::string reason;  // one sentence: the rule, and the figures that it went by
};

// For all_reduce, all_gather, reduce_scatter, broadcast and reduce the one that NCCL's cost model expects to be fastest
// on the members' nodes and links, and segments of NCCL's chunk size. For all_to_all what MPICH does (Thakur,
// Rabenseifner and Gropp 2005): Bruck's for blocks of up to 256 B among 8 members or more, everything at once up to 32
// KiB, else pairwise. For others the customary one: binomial trees to gather and scatter, everything at once in
// all_to_all_v, dissemination for barriers.
// Only algorithms that understand what else the request states are thought of. Throws InputError when none is left.
AutoChoice choose_algorithm(const CollectiveRequest& request, const CollectiveGround& ground);

// The machine as NCCL's model sees it.
nccl::Machine describe_machine(const CollectiveGround& ground);

// The plan of the choice.
PlanPointer plan_auto(const CollectiveRequest& request, const CollectiveGround& ground);
PlanPointer plan_auto_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
