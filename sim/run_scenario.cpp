#include "sim/run_scenario.hpp"

#include <nlohmann/json.hpp>

#include "sim/audience.hpp"
#include "sim/metrics/link_use.hpp"
#include "sim/simulate.hpp"

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

}  // namespace

Timeline run_scenario(const Scenario& scenario, Observer* observer) {
  Audience audience;
  if (observer != nullptr) audience.add(*observer);
  const auto workloads = scenario.workloads();
  for (std::size_t job = 0; job < workloads.size(); ++job) {
    if (Observer* own = workloads[job]->observer()) audience.add(*own, static_cast<std::uint32_t>(job));
  }
  const auto conditions = scenario.perturbations().conditions(scenario.fleet(), scenario.seed());
  return simulate(scenario.fleet(), scenario.jobs(), scenario.engine(), audience.is_empty() ? nullptr : &audience,
                  conditions.get());
}

Json results_of(const Scenario& scenario, const Timeline& timeline) {
  const auto workloads = scenario.workloads();
  Json results = {{"schema_version", 1},
                  {"scenario", scenario.as_run()},
                  {"time_s", timeline.end.si()},
                  {"events", timeline.events},
                  {"engine", scenario.as_run()["engine"]}};
  if (workloads.size() == 1) {
    workloads.front()->add_results(timeline, timeline.jobs.front(), results);
  } else {
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      const JobTimeline& job = timeline.jobs[i];
      Json own = {{"kind", workloads[i]->as_run()["kind"]},
                  {"time_s", (job.end - job.start).si()},
                  {"start_s", job.start.si()},
                  {"end_s", job.end.si()}};
      workloads[i]->add_results(timeline, job, own);
      results["workloads"].push_back(std::move(own));
    }
  }
  results["network"] = network_json(scenario, timeline);
  return results;
}

}  // namespace lockstep::sim
