#pragma once

#include <string>
#include <vector>

#include "workloads/collectives/collective_plan.hpp"
#include "workloads/collectives/nccl_constants.hpp"

// How long NCCL expects its algorithms to take.
namespace lockstep::workloads::nccl {

// What its model knows of the machine.
struct Machine {
  std::uint32_t ranks = 1;
  std::uint32_t nodes = 1;  // equally many ranks each, or nearly so
  Hardware inside = Hardware::nvlink;
  Generation generation = Generation::hopper;
  Bandwidth bandwidth_inside = {};   // of a rank, as NCCL counts it
  Bandwidth bandwidth_between = {};  // of a node
  bool has_one_switch = false;       // that joins all ranks and can reduce
};

struct ExpectedTime {
  std::string algorithm;  // by our name
  std::string protocol;
  Seconds time;
};

// For all_reduce, all_gather, reduce_scatter, broadcast and reduce, in NCCL's order; for others nothing.
std::vector<ExpectedTime> expected_times(Operation operation, Bytes bytes, const Machine& machine);

}  // namespace lockstep::workloads::nccl
