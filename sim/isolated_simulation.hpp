#pragma once

#include <vector>

#include "base/child_tasks.hpp"
#include "sim/simulate.hpp"

// Simulations in child processes: SimGrid can be used once a process, and so several processors work.
namespace lockstep::sim {

// What a simulation is of. All of it must live until its results are there.
struct Simulation {
  const topology::Fleet& fleet;
  std::span<const Job> jobs;
  EngineOptions options = {};
  const Conditions* conditions = nullptr;  // may be null; the child's draws leave them as they are
};

// As simulate() without an observer, but in a child. Also throws std::runtime_error when the child crashes. The process
// must not have simulated on `fluid` itself, since a child would inherit the engine that was used.
Timeline simulate_isolated(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options);

class IsolatedResult {
 public:
  explicit IsolatedResult(ChildAnswer answer) : answer_(std::move(answer)) {}
  // Throws what simulate_isolated() throws for this simulation.
  Timeline timeline() const;

 private:
  ChildAnswer answer_;
};

// Each simulation in a child of its own, at most `at_once` of them at a time; results in the order of the simulations.
std::vector<IsolatedResult> simulate_isolated(std::span<const Simulation> simulations, unsigned at_once);

}  // namespace lockstep::sim
