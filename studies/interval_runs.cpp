#include "studies/interval_runs.hpp"

#include <algorithm>
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

}  // namespace

std::vector<std::vector<IntervalRun>> run_intervals(const sim::Scenario& scenario,
                                                    std::span<const sim::CheckpointRule> rules,
                                                    const IntervalPlan& plan, sim::SimulatedSteps& common) {
  // A child begins with what this process knows of steps.
  const std::uint32_t children = std::min<std::uint32_t>(plan.jobs, plan.replicas);
  std::vector<ChildTask> tasks;
  for (std::uint32_t child = 0; child < children; ++child) {
    tasks.emplace_back([&, child] {
      Json replicas = Json::array();
      for (std::uint32_t replica = child; replica < plan.replicas; replica += children) {
        replicas.push_back(run_replica(scenario, rules, replica, common));
      }
      return replicas.dump();
    });
  }
  const std::vector<ChildAnswer> answers = run_in_children(tasks, plan.jobs);
  std::vector<Json> by_child;
  for (const ChildAnswer& answer : answers) by_child.push_back(Json::parse(answer.bytes()));
  std::vector<std::vector<IntervalRun>> by_rule(rules.size());
  for (std::uint32_t replica = 0; replica < plan.replicas; ++replica) {
    const Json& runs = by_child[replica % children][replica / children];
    for (std::size_t rule = 0; rule < rules.size(); ++rule) by_rule[rule].push_back(heard(runs[rule]));
  }
  return by_rule;
}

}  // namespace lockstep::studies
