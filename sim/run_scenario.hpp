#pragma once

#include "sim/campaign/campaign_results.hpp"
#include "sim/mitigations/mitigated_run.hpp"
#include "sim/scenario/scenario.hpp"

namespace lockstep::sim {

// Simulates all workloads of a scenario at once, all steps of each that can differ, which its part of the timeline
// stands for, as if it had no mitigations.
// `observer` may be null, and is told of all steps, and of workloads instead of jobs; the workloads' own observers are
// told of those that are simulated.
Timeline run_scenario(const Scenario& scenario, Observer* observer = nullptr, const RunChoice& choice = {});

// All that comes of one run: the step, or the steps that are simulated, and of a campaign the rest.
struct ScenarioRun {
  Timeline timeline;
  std::optional<CampaignOutcome> campaign = {};
  std::optional<MitigatedRun> mitigated = {};  // whose timeline this is

  // Why it did not get to its end, if it did not.
  std::vector<std::string> refusals() const;
};
// With mitigations `observer` is told of nothing: who takes part in a step is known when it has been simulated once.
ScenarioRun run_whole(const Scenario& scenario, Observer* observer = nullptr, const RunChoice& choice = {});

// What came out, under the names of the public results: everything that does not depend on the machine it ran on.
Json results_of(const Scenario& scenario, const Timeline& timeline);
Json results_of(const Scenario& scenario, const ScenarioRun& run);

}  // namespace lockstep::sim
