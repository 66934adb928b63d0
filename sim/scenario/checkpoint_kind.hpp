#pragma once

#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// {"kind": "checkpoint", "of": {…training workload…} or "bytes": "4 TB", "direction": "save|load|peers"}.
std::unique_ptr<Workload> read_checkpoint_kind(const JsonFields& fields, const WorkloadGround& ground);

}  // namespace lockstep::sim
