#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "sim/campaign/campaign_spec.hpp"
#include "sim/mitigations/mitigations.hpp"
#include "sim/perturbations/perturbation.hpp"
#include "sim/scenario/run_plan.hpp"
#include "sim/scenario/workload.hpp"
#include "topology/fleet.hpp"

namespace lockstep::sim {

// What is to be simulated: a fleet, the workloads on it, and how. Read from a scenario file, all of it checked.
class Scenario {
 public:
  const std::string& name() const { return name_; }
  const topology::Fleet& fleet() const { return *fleet_; }
  const EngineOptions& engine() const { return engine_; }
  workloads::Fidelity fidelity() const { return fidelity_; }
  MemoryRule memory() const { return memory_; }
  const RunPlan& run() const { return run_; }
  std::uint64_t seed() const { return run_.seed; }
  std::span<const std::unique_ptr<Workload>> workloads() const { return workloads_; }
  const Perturbations& perturbations() const { return perturbations_; }
  const Mitigations& mitigations() const { return mitigations_; }
  // Whether it is a training run of many steps, with failures, checkpoints or more steps than are simulated one by one;
  // else all steps are simulated.
  bool is_campaign() const { return run_.is_long() || !campaign_.causes.empty() || campaign_.checkpoint; }
  const CampaignSpec& campaign() const { return campaign_; }
  // The same without the last one, two, … replicas, as many as the campaign may go on without.
  std::span<const std::unique_ptr<const Scenario>> smaller() const { return smaller_; }
  // One of each workload.
  std::vector<Job> jobs() const;
  // The same of several steps.
  std::vector<Job> jobs_of_steps(std::uint64_t steps) const;
  // How many steps there are one after the other; of a campaign the first.
  std::uint64_t simulated_steps() const { return is_campaign() ? 1 : run_.steps; }
  // Whether replicas differ.
  bool is_random() const;
  // What the user should know of: what the fleet and the workloads warn of, and why the answer is no, if it is.
  std::vector<std::string> warnings() const;
  std::vector<std::string> refusals() const;
  // The scenario as it is run, with defaults filled in: a scenario again, that gives the same results.
  const Json& as_run() const { return *as_run_; }

 private:
  friend class ScenarioReader;
  std::string name_;
  std::unique_ptr<const topology::Fleet> fleet_;
  EngineOptions engine_;
  workloads::Fidelity fidelity_ = workloads::Fidelity::message;
  MemoryRule memory_ = MemoryRule::enforce;
  RunPlan run_;
  std::vector<std::unique_ptr<Workload>> workloads_;
  Perturbations perturbations_;
  Mitigations mitigations_;
  CampaignSpec campaign_;
  std::vector<std::unique_ptr<const Scenario>> smaller_;
  std::vector<Seconds> starts_;
  std::shared_ptr<const Json> as_run_;
};

// Several steps of the jobs: those of a step stand together, and each follows the same job of the step before.
std::vector<Job> in_steps(std::span<const Job> jobs, std::uint64_t steps);

// Where a scenario comes from, for messages and for the files that it refers to.
struct ScenarioSource {
  const Catalog& catalog;
  std::string file = {};
  std::string directory = ".";
};

// Throws InputError with file and path for anything that is wrong.
Scenario read_scenario(const Json& document, const ScenarioSource& source);

}  // namespace lockstep::sim
