#pragma once

#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// {"kind": "training", "model": "Llama3_70B", "global_batch": 256, "parallel": {"tensor": 8, "pipeline": 4}}: one step.
std::unique_ptr<Workload> read_training_kind(const JsonFields& fields, const WorkloadGround& ground);

}  // namespace lockstep::sim
