#include "studies/replica_work.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/campaign/scenario_campaign.hpp"
#include "sim/run_scenario.hpp"
#include "studies/headlines.hpp"

namespace lockstep::studies {
namespace {

// What one process is to do.
struct Share {
  std::uint32_t first = 0;
  std::uint32_t count = 1;
  bool tells_all = false;            // the whole results of the first that comes to its end
  std::optional<Seconds> step = {};  // of all steps of a campaign that nothing disturbs, once one has told it
};

// What replicas of a campaign have in common is simulated by the first of them.
Json results_of_replica(const sim::Scenario& scenario, const sim::RunChoice& choice, const Share& share,
                        std::vector<std::string>& refusals) {
  sim::ScenarioRun run;
  if (share.step && !share.tells_all) {
    run.campaign = sim::run_campaign(scenario, choice, share.step);
    refusals = run.refusals();
    return {{"time_s", share.step->si()}, {"campaign", as_json(*run.campaign)}};
  }
  run = sim::run_whole(scenario, nullptr, choice);
  refusals = run.refusals();
  return sim::results_of(scenario, run);
}

Json run_replica(const ScenarioText& text, const sim::RunChoice& choice, Share& share) {
  Json told = {{"replica", choice.replica}};
  try {
    const sim::Scenario scenario = sim::read_scenario(text.document, text.source);
    std::vector<std::string> refusals;
    Json results = results_of_replica(scenario, choice, share, refusals);
    for (const std::string& refusal : refusals) told["refusals"].push_back(refusal);
    for (const auto& [name, value] : headlines_of(results)) told["headlines"][name] = value;
    if (share.tells_all) told["results"] = std::move(results);
    share.tells_all = false;
  } catch (const SimulationError& error) {
    told["error"] = error.what();
  }
  return told;
}

std::string run_share(const ScenarioText& text, const sim::Healing& healed, Share share) {
  const auto begin = std::chrono::steady_clock::now();
  Json replicas = Json::array();
  for (std::uint32_t i = 0; i < share.count; ++i) {
    replicas.push_back(run_replica(text, {.replica = share.first + i, .healed = healed}, share));
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return Json{{"seconds_each", wall.count() / share.count}, {"replicas", std::move(replicas)}}.dump();
}

}  // namespace

ReplicaWork::ReplicaWork(const ScenarioText& scenario, const ReplicaPlan& plan, const Nature& nature)
    : scenario_(scenario), plan_(plan), nature_(nature) {
  runs_.stated = plan.replicas;
  runs_.wanted_precision = plan.precision;
}

// So many that a process is worth its start, and that all processes end at about the same time.
std::uint32_t ReplicaWork::next_count() const {
  constexpr double worth_a_process = 0.1;  // s; starting one takes about 1 ms
  const std::uint32_t left = plan_.replicas - begun_;
  if (nature_.sharing == Sharing::one_each || !seconds_each_) return 1;
  const double fair = left / (2.0 * plan_.jobs);
  return static_cast<std::uint32_t>(std::clamp(std::min(worth_a_process / *seconds_each_, fair), 1.0, 1.0 * left));
}

std::optional<ChildTask> ReplicaWork::next() {
  if (begun_ == plan_.replicas) return std::nullopt;
  const Share share{.first = begun_, .count = next_count(), .tells_all = runs_.rows.empty(), .step = step_};
  begun_ += share.count;
  return [this, share] { return run_share(scenario_, plan_.healed, share); };
}

void ReplicaWork::answered(std::size_t task, ChildAnswer answer) {
  early_.emplace(task, std::move(answer));
  for (auto first = early_.begin(); first != early_.end() && first->first == next_task_; first = early_.begin()) {
    take(first->second.bytes());
    early_.erase(first);
    ++next_task_;
  }
}

void ReplicaWork::take(const std::string& answer) {
  const Json told = Json::parse(answer);
  seconds_each_ = told["seconds_each"].get<double>();
  for (const Json& replica : told["replicas"]) {
    if (is_done()) return;
    take_replica(replica);
  }
}

void ReplicaWork::take_replica(const Json& replica) {
  ++taken_;
  const auto number = replica["replica"].get<std::uint32_t>();
  if (replica.contains("error")) {
    runs_.failed.push_back({number, replica["error"].get<std::string>()});
    return;
  }
  if (runs_.rows.empty()) {
    runs_.first = std::make_shared<const Json>(replica["results"]);
    if (nature_.has_alike_steps) step_ = Seconds(replica["results"]["time_s"].get<double>());
  }
  if (replica.contains("refusals")) {
    for (const Json& refusal : replica["refusals"]) runs_.refused.push_back({number, refusal.get<std::string>()});
  }
  ReplicaRuns::Row row{.replica = number, .values = {}};
  for (const auto& [name, value] : replica["headlines"].items()) {
    const std::size_t column = column_of(name);
    if (column >= row.values.size()) row.values.resize(column + 1);
    if (value.is_number()) row.values[column] = value.get<double>();  // what is not finite is null
  }
  runs_.rows.push_back(std::move(row));
  if (replica["headlines"].contains("campaign.goodput")) runs_.judged = "campaign.goodput";
  judged_.add(replica["headlines"][runs_.judged].get<double>());
  if (plan_.precision && taken_ % ReplicaPlan::batch == 0) {
    runs_.is_precise = judged_.precision().value_or(1) <= *plan_.precision;
  }
}

std::size_t ReplicaWork::column_of(const std::string& headline) {
  const auto [known, is_new] = columns_.emplace(headline, runs_.headlines.size());
  if (is_new) runs_.headlines.push_back(headline);
  return known->second;
}

ReplicaProgress ReplicaWork::progress() const {
  return {.done = taken_, .most = plan_.replicas, .precision = judged_.precision()};
}

bool ReplicaWork::goes_on() {
  if (is_done()) return false;
  if (!plan_.goes_on || plan_.goes_on(progress())) return true;
  runs_.is_interrupted = true;
  return false;
}

}  // namespace lockstep::studies
