#pragma once

#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// {"kind": "collective", "operation": "all_reduce", "algorithm": "ring", "bytes": "64 MiB", …}.
std::unique_ptr<Workload> read_collective_kind(const JsonFields& fields, const WorkloadGround& ground);

}  // namespace lockstep::sim
