#pragma once

#include "base/json_fields.hpp"
#include "sim/engines/networks.hpp"
#include "workloads/collectives/algorithms.hpp"

namespace lockstep::sim {

// Reads a scenario's "engine", but for its fidelity. Throws InputError; unknown keys are left to the caller.
EngineOptions read_engine_options(const JsonFields& fields);
workloads::Fidelity read_fidelity(const JsonFields& fields);

// The same as JSON, with defaults filled in.
Json as_json(const EngineOptions& engine, workloads::Fidelity fidelity);

}  // namespace lockstep::sim
