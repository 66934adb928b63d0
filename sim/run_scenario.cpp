#include "sim/run_scenario.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/audience.hpp"
#include "sim/campaign/scenario_campaign.hpp"
#include "sim/metrics/link_use.hpp"
#include "sim/steady_steps.hpp"
#include "sim/symmetry/simulate_folded.hpp"

namespace lockstep::sim {
namespace {

Json network_json(const Scenario& scenario, const Timeline& timeline) {
  constexpr std::size_t most_links = 10;
  Json links = Json::array();
  for (const LinkUse& use : busiest_links(scenario.fleet(), timeline, most_links)) {
    links.push_back({{"name", use.name}, {"bytes", use.bytes.si()}, {"utilization", use.utilization}});
  }
  return {{"bytes_total", timeline.message_bytes.si()}, {"links", std::move(links)}};
}

constexpr const char* not_folded = "runs of this kind are simulated whole";

Json folding_json(const Timeline& timeline) {
  const FoldReport& folding = timeline.folding;
  Json json = {{"simulated_events", timeline.simulated}};
  if (folding.actors > 0) {
    json["ranks"] = folding.actors;
    json["classes"] = folding.classes;
  }
  json["ratio"] = folding.ratio();
  if (folding.obstacle) json["reason"] = *folding.obstacle;
  return json;
}

// How long steps took, beside their mean.
Json steps_json(const JobTimeline& job) {
  constexpr std::size_t most_listed = 1000;
  Seconds least = job.step_time();
  Seconds most = least;
  double squares = 0;
  Json times = Json::array();
  Seconds begin = job.start;
  for (const Seconds end : job.step_ends) {
    const Seconds time = end - begin;
    begin = end;
    least = std::min(least, time);
    most = std::max(most, time);
    squares += std::pow((time - job.step_time()).si(), 2);
    if (times.size() < most_listed) times.push_back(time.si());
  }
  const auto count = static_cast<double>(job.steps());
  return {{"count", job.steps()},
          {"simulated", job.simulated_steps()},
          {"total_s", (job.end - job.start).si()},
          {"mean_s", job.step_time().si()},
          {"stddev_s", job.steps() > 1 ? std::sqrt(squares / (count - 1)) : 0},
          {"min_s", least.si()},
          {"max_s", most.si()},
          {"times_s", std::move(times)}};
}

}  // namespace

Timeline run_scenario(const Scenario& scenario, Observer* observer, const RunChoice& choice) {
  const auto workloads = scenario.workloads();
  const auto conditions = scenario.perturbations().conditions(scenario.fleet(), scenario.seed(), choice);
  if (SelfDriven* alone = workloads.front()->self_driven()) {
    Timeline timeline = simulate(scenario.fleet(), *alone, scenario.engine(),
                                 {.conditions = conditions.get(), .replica = choice.replica});
    timeline.folding.obstacle = not_folded;
    return timeline;
  }
  Audience audience(static_cast<std::uint32_t>(workloads.size()));
  if (observer != nullptr) audience.add(*observer);
  const auto listener = [&](std::span<const Job> jobs) -> Observer* {
    for (std::size_t job = 0; job < workloads.size(); ++job) {
      if (Observer* own = workloads[job]->watch(jobs[job])) audience.add(*own, static_cast<std::uint32_t>(job));
    }
    return audience.is_empty() ? nullptr : &audience;
  };
  const bool to_every_rank = observer != nullptr || std::ranges::any_of(workloads, [](const auto& workload) {
                               return workload->watches_every_rank();
                             });
  const SteadySteps steps(scenario, conditions.get(), observer);
  const std::vector<Job> jobs = steps.jobs();
  Timeline timeline = simulate_folded(
      {.fleet = scenario.fleet(), .jobs = jobs, .options = scenario.engine(), .conditions = conditions.get()},
      {.listener = listener, .to_every_rank = to_every_rank});
  steps.complete(timeline);
  return timeline;
}

namespace {

// What there is to tell of a run. `only` is who tells it, and of what, where that is not the scenario's own workload.
struct Told {
  const Workload* only = nullptr;
  const JobTimeline* job = nullptr;
};

Json results_of(const Scenario& scenario, const Timeline& timeline, const Told& told) {
  const auto workloads = scenario.workloads();
  Json results = {{"schema_version", 1},
                  {"scenario", scenario.as_run()},
                  {"time_s", (timeline.end / static_cast<double>(scenario.simulated_steps())).si()},
                  {"events", timeline.events},
                  {"engine", scenario.as_run()["engine"]}};
  if (workloads.size() == 1) {
    if (scenario.simulated_steps() > 1) results["steps"] = steps_json(timeline.jobs.front());
    const Workload& teller = told.only != nullptr ? *told.only : *workloads.front();
    teller.add_results(timeline, told.job != nullptr ? *told.job : timeline.jobs.front(), results);
  } else {
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      const JobTimeline& job = timeline.jobs[i];
      Json own = {{"kind", workloads[i]->as_run()["kind"]},
                  {"time_s", job.step_time().si()},
                  {"start_s", job.start.si()},
                  {"end_s", job.end.si()}};
      if (scenario.simulated_steps() > 1) own["steps"] = steps_json(job);
      workloads[i]->add_results(timeline, job, own);
      results["workloads"].push_back(std::move(own));
    }
  }
  results["folding"] = folding_json(timeline);
  results["network"] = network_json(scenario, timeline);
  return results;
}

}  // namespace

Json results_of(const Scenario& scenario, const Timeline& timeline) {
  return results_of(scenario, timeline, Told{});
}

ScenarioRun run_whole(const Scenario& scenario, Observer* observer, const RunChoice& choice) {
  ScenarioRun run;
  if (!scenario.mitigations().empty()) {
    run.mitigated = run_mitigated(scenario, choice);
    run.timeline = run.mitigated->timeline;
    run.timeline.folding.obstacle = not_folded;
    return run;
  }
  // A process that has simulated on SimGrid can have no children who do.
  const bool must_be_first = scenario.engine().network == "fluid" && !needs_first_step_alone(scenario);
  if (scenario.is_campaign() && must_be_first) run.campaign = run_campaign(scenario, choice);
  run.timeline = run_scenario(scenario, observer, choice);
  if (scenario.is_campaign() && !must_be_first) run.campaign = run_campaign(scenario, choice, run.timeline.end);
  return run;
}

std::vector<std::string> ScenarioRun::refusals() const {
  if (!campaign || campaign->record.is_finished) return {};
  return {"the run does not get to its end: " + campaign->record.reason};
}

Json results_of(const Scenario& scenario, const ScenarioRun& run) {
  if (run.mitigated) {
    Json results = results_of(scenario, run.timeline, {run.mitigated->workload.get(), &run.mitigated->told()});
    results["mitigation"] = mitigation_json(scenario, *run.mitigated);
    return results;
  }
  Json results = results_of(scenario, run.timeline);
  if (run.campaign) results["campaign"] = as_json(*run.campaign);
  return results;
}

}  // namespace lockstep::sim
