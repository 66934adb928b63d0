#pragma once

#include "sim/scenario/scenario.hpp"

// Simulations of single steps of a scenario, to decide what is done about stragglers.
namespace lockstep::sim {

class StepSimulations {
 public:
  // The scenario must outlive this.
  explicit StepSimulations(const Scenario& scenario) : scenario_(&scenario) {}

  // In a child process where this one has to keep SimGrid for later. `conditions` may be null, and stay as they are.
  Timeline run(std::span<const Job> jobs, const Conditions* conditions) const;
  // How long after its start each replica has all of its gradients, with `job` one that ends there.
  std::vector<Seconds> readiness(const Job& job, std::span<const std::uint32_t> replica_of_rank,
                                 const Conditions* conditions) const;

 private:
  const Scenario* scenario_;
};

// Draws for each computation of the job what it would draw there.
void skip_draws(const Job& job, Conditions& conditions);

}  // namespace lockstep::sim
