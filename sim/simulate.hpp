#pragma once

#include "sim/engines/networks.hpp"
#include "sim/perturbations/conditions.hpp"
#include "sim/self_driven.hpp"

namespace lockstep::sim {

// What jobs do where experts are so many times as hot as they are wont to be, as far as they can; steps that share a
// program go on sharing one.
std::vector<Job> with_hot_experts(std::span<const Job> jobs, double factor);

// Runs the jobs on the fleet, at once, and tells when things happened. Throws InputError for a route that the fleet
// lacks, and SimulationError for a deadlock. `observer` and `conditions` may be null.
Timeline simulate(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options,
                  Observer* observer = nullptr, Conditions* conditions = nullptr);

// What one run differs in from the next.
struct Circumstances {
  Conditions* conditions = nullptr;  // may be null
  std::uint64_t replica = 0;
};
// The same for a workload that decides for itself what comes next.
Timeline simulate(const topology::Fleet& fleet, SelfDriven& workload, const EngineOptions& options,
                  const Circumstances& circumstances);

}  // namespace lockstep::sim
