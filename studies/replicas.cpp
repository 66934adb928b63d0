#include "studies/replicas.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/engines/flow_sharing.hpp"
#include "studies/replica_work.hpp"

namespace lockstep::studies {

std::vector<double> ReplicaRuns::sample(const std::string& headline) const {
  std::vector<double> sample;
  const auto column =
      static_cast<std::size_t>(std::find(headlines.begin(), headlines.end(), headline) - headlines.begin());
  for (const Row& row : rows) {
    if (column < row.values.size() && row.values[column]) sample.push_back(*row.values[column]);
  }
  return sample;
}

ReplicaRuns run_replicas(const ScenarioText& scenario, const ReplicaPlan& plan) {
  const sim::Scenario read = sim::read_scenario(scenario.document, scenario.source);
  const bool is_fluid = read.engine().network == "fluid";
  if (is_fluid) sim::preload_flow_sharing();
  ReplicaPlan enough = plan;
  if (!read.is_random()) enough.replicas = 1;
  ReplicaWork work(scenario, enough,
                   {.sharing = is_fluid ? ReplicaWork::Sharing::one_each : ReplicaWork::Sharing::several,
                    .has_alike_steps = read.is_campaign() && read.perturbations().empty()});
  run_in_children(work, plan.jobs);
  ReplicaRuns runs = work.take_runs();
  runs.is_random = read.is_random();
  runs.stated = plan.replicas;
  if (runs.rows.empty() && !runs.failed.empty()) {
    const FailedReplica& failed = runs.failed.front();
    throw SimulationError("replica " + std::to_string(failed.replica) + ": " + failed.error);
  }
  return runs;
}

ReplicaPlan plan_of(const sim::Scenario& scenario, unsigned jobs) {
  const sim::RunPlan& run = scenario.run();
  return {.replicas = run.replicas, .precision = run.precision, .jobs = jobs};
}

}  // namespace lockstep::studies
