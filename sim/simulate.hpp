#pragma once

#include "sim/engines/networks.hpp"
#include "sim/perturbations/conditions.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// Runs the jobs on the fleet, at once, and tells when things happened. Throws InputError for a route that the fleet
// lacks, and SimulationError for a deadlock. `observer` and `conditions` may be null.
Timeline simulate(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options,
                  Observer* observer = nullptr, Conditions* conditions = nullptr);

}  // namespace lockstep::sim
