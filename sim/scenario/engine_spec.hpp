#pragma once

#include "base/json_fields.hpp"
#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// Reads what a scenario's "engine" says of the network. Throws InputError; unknown keys are left to the caller.
EngineOptions read_engine_options(const JsonFields& fields);
workloads::Fidelity read_fidelity(const JsonFields& fields);
MemoryRule read_memory_rule(const JsonFields& fields);

// All of it as JSON, with defaults filled in.
Json as_json(const EngineOptions& engine, workloads::Fidelity fidelity, MemoryRule memory);

}  // namespace lockstep::sim
