#include "sim/run_scenario.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/metrics/link_use.hpp"
#include "sim/simulate.hpp"

namespace lockstep::sim {
namespace {

// Tells each workload's observer of its own job, and one more of all.
class Audience final : public Observer {
 public:
  Audience(const Scenario& scenario, Observer* everywhere) : everywhere_(everywhere) {
    for (const auto& workload : scenario.workloads()) own_.push_back(workload->observer());
  }
  bool is_empty() const {
    return everywhere_ == nullptr && std::all_of(own_.begin(), own_.end(), [](auto* own) { return own == nullptr; });
  }
  void op_done(const OpSpan& span) override {
    if (everywhere_ != nullptr) everywhere_->op_done(span);
    if (own_[span.place.job] != nullptr) own_[span.place.job]->op_done(span);
  }
  void message_done(const MessageSpan& span) override {
    if (everywhere_ != nullptr) everywhere_->message_done(span);
    if (own_[span.from.job] != nullptr) own_[span.from.job]->message_done(span);
  }

 private:
  std::vector<Observer*> own_;
  Observer* everywhere_;
};

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
  Audience audience(scenario, observer);
  return simulate(scenario.fleet(), scenario.jobs(), scenario.engine(), audience.is_empty() ? nullptr : &audience);
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
