#include "studies/interval_runs.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/child_tasks.hpp"

namespace lockstep::studies {
namespace {

Json told(const sim::CampaignOutcome& outcome) {
  const sim::CampaignRecord& record = outcome.record;
  const sim::CampaignTime& time = record.time;
  const Seconds total = time.total();
  const Seconds recovery = time.detect + time.waiting + time.restart + time.load + time.rewarm;
  return {record.is_finished,        record.reason,           record.is_finished ? outcome.goodput() : 0.0,
          record.mean_interval.si(), time.checkpoint / total, time.lost / total,
          recovery / total};
}

IntervalRun heard(const Json& run) {
  return {.is_finished = run[0].get<bool>(),
          .reason = run[1].get<std::string>(),
          .goodput = run[2].get<double>(),
          .between_saves_s = run[3].get<double>(),
          .checkpoint = run[4].get<double>(),
          .lost = run[5].get<double>(),
          .recovery = run[6].get<double>()};
}

// One replica under all rules. Whatever disturbs steps is drawn for the replica, so these are its own; and where each
// step is drawn, every rule begins with the same ones.
Json run_replica(const sim::Scenario& scenario, std::span<const sim::CheckpointRule> rules, std::uint32_t replica,
                 sim::SimulatedSteps& common) {
  const sim::RunChoice choice{.replica = replica};
  const bool is_disturbed = !scenario.perturbations().empty();
  std::optional<sim::SimulatedSteps> own;
  Json runs = Json::array();
  for (const sim::CheckpointRule& rule : rules) {
    if (is_disturbed && (!own || own->draws_steps())) own.emplace(sim::steps_of(scenario, choice));
    sim::CampaignSpec spec = scenario.campaign();
    spec.checkpoint = rule;
    runs.push_back(told(sim::run_campaign(scenario, spec, own ? *own : common, choice)));
  }
  return runs;
}

// Replicas from `first` to before `end`, dealt out to processes, each of which begins with what this one knows of
// steps.
class Rounds {
 public:
  Rounds(const sim::Scenario& scenario, std::span<const sim::CheckpointRule> rules, unsigned jobs,
         sim::SimulatedSteps& common)
      : scenario_(&scenario), rules_(rules), jobs_(jobs), common_(&common), by_rule_(rules.size()) {}

  void run(std::uint32_t first, std::uint32_t end) {
    const std::uint32_t children = std::min(jobs_, end - first);
    std::vector<ChildTask> tasks;
    for (std::uint32_t child = 0; child < children; ++child) {
      tasks.emplace_back([this, child, first, end, children] {
        Json replicas = Json::array();
        for (std::uint32_t replica = first + child; replica < end; replica += children) {
          replicas.push_back(run_replica(*scenario_, rules_, replica, *common_));
        }
        return replicas.dump();
      });
    }
    std::vector<Json> by_child;
    for (const ChildAnswer& answer : run_in_children(tasks, jobs_)) by_child.push_back(Json::parse(answer.bytes()));
    for (std::uint32_t i = 0; i < end - first; ++i) {
      const Json& runs = by_child[i % children][i / children];
      for (std::size_t rule = 0; rule < rules_.size(); ++rule) by_rule_[rule].push_back(heard(runs[rule]));
    }
  }

  std::vector<std::vector<IntervalRun>> take() { return std::move(by_rule_); }

 private:
  const sim::Scenario* scenario_;
  std::span<const sim::CheckpointRule> rules_;
  std::uint32_t jobs_;
  sim::SimulatedSteps* common_;
  std::vector<std::vector<IntervalRun>> by_rule_;
};

}  // namespace

std::vector<std::vector<IntervalRun>> run_intervals(const sim::Scenario& scenario,
                                                    std::span<const sim::CheckpointRule> rules,
                                                    const IntervalPlan& plan, sim::SimulatedSteps& common) {
  Rounds rounds(scenario, rules, plan.jobs, common);
  const std::uint32_t first = std::min<std::uint32_t>(plan.jobs, plan.replicas);
  const auto begin = std::chrono::steady_clock::now();
  rounds.run(0, first);
  const std::chrono::duration<double> each = std::chrono::steady_clock::now() - begin;
  if (first == plan.replicas) return rounds.take();
  if (plan.say) plan.say(plan.replicas - first, Seconds(each.count()));
  rounds.run(first, plan.replicas);
  return rounds.take();
}

}  // namespace lockstep::studies
