#include "studies/checkpoint_study.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "sim/engines/flow_sharing.hpp"
#include "studies/checkpoint_intervals.hpp"
#include "studies/interval_runs.hpp"
#include "studies/summary_json.hpp"

namespace lockstep::studies {
namespace {

// From a quarter of the optimum to four times as much.
constexpr int octaves = 2;

struct Tried {
  IntervalPoint point;
  sim::CheckpointRule rule;
};

std::vector<Tried> to_be_tried(const CheckpointIntervals& intervals, const sim::CheckpointRule& own) {
  std::vector<Tried> all;
  const auto add = [&](std::string name, sim::IntervalRule rule, Seconds interval) {
    sim::CheckpointRule changed = own;
    changed.interval = rule;
    changed.stated = interval;
    all.push_back({{.name = std::move(name), .interval = interval}, changed});
  };
  for (int half = -2 * octaves; half <= 2 * octaves; ++half) {
    if (half != 0) add("", sim::IntervalRule::stated, std::exp2(half / 2.0) * intervals.optimum());
  }
  for (const IntervalFormula& rule : interval_formulas()) add(rule.name, rule.rule, intervals.due(rule));
  if (own.interval == sim::IntervalRule::stated) add("stated", sim::IntervalRule::stated, own.stated);
  std::stable_sort(all.begin(), all.end(),
                   [](const Tried& a, const Tried& b) { return *a.point.interval < *b.point.interval; });
  add("adaptive", sim::IntervalRule::adaptive, {});
  all.back().point.interval.reset();
  return all;
}

std::vector<double> goodputs_of(const std::vector<IntervalRun>& runs) {
  std::vector<double> goodputs;
  goodputs.reserve(runs.size());
  for (const IntervalRun& run : runs) goodputs.push_back(run.goodput);
  return goodputs;
}

void take(const std::vector<IntervalRun>& runs, IntervalPoint& point) {
  const double share = 1.0 / static_cast<double>(runs.size());
  point.goodput = summary_of(goodputs_of(runs));
  for (const IntervalRun& run : runs) {
    point.between_saves += Seconds(run.between_saves_s * share);
    point.checkpoint += run.checkpoint * share;
    point.lost += run.lost * share;
    point.recovery += run.recovery * share;
    if (!run.is_finished) ++point.endless;
  }
}

void compare_with_best(const std::vector<std::vector<IntervalRun>>& runs, CheckpointStudy& study) {
  const auto best =
      std::max_element(study.points.begin(), study.points.end(),
                       [](const IntervalPoint& a, const IntervalPoint& b) { return a.goodput.mean < b.goodput.mean; });
  study.best = static_cast<std::size_t>(best - study.points.begin());
  const std::vector<double> most = goodputs_of(runs[study.best]);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::vector<double> behind = goodputs_of(runs[i]);
    for (std::size_t replica = 0; replica < behind.size(); ++replica) behind[replica] = most[replica] - behind[replica];
    study.points[i].behind = summary_of(behind);
  }
}

}  // namespace

const IntervalPoint& CheckpointStudy::rule(const std::string& name) const {
  const auto found =
      std::find_if(points.begin(), points.end(), [&](const IntervalPoint& point) { return point.name == name; });
  LOCKSTEP_REQUIRE(found != points.end());
  return *found;
}

CheckpointStudy study_checkpoints(const sim::Scenario& scenario, const CheckpointSweep& sweep) {
  require_checkpoints(scenario.campaign());
  if (scenario.engine().network == "fluid") sim::preload_flow_sharing();
  sim::SimulatedSteps steps = sim::steps_of(scenario, {});
  const CheckpointIntervals intervals(scenario, steps);
  CheckpointStudy study{.replicas = sweep.replicas,
                        .mtbf = intervals.mtbf(),
                        .cost = intervals.cost(),
                        .step = intervals.figures().step,
                        .write = intervals.figures().write,
                        .load = intervals.figures().load};
  const std::vector<Tried> tried = to_be_tried(intervals, *scenario.campaign().checkpoint);
  std::vector<sim::CheckpointRule> tried_rules;
  tried_rules.reserve(tried.size());
  for (const Tried& one : tried) tried_rules.push_back(one.rule);
  const auto runs =
      run_intervals(scenario, tried_rules, {.replicas = study.replicas, .jobs = sweep.jobs, .say = sweep.say}, steps);
  for (std::size_t i = 0; i < tried.size(); ++i) {
    study.points.push_back(tried[i].point);
    take(runs[i], study.points.back());
    const auto& interval = tried[i].point.interval;
    if (interval) study.points.back().form = intervals.goodput_by_form(*interval);
  }
  compare_with_best(runs, study);
  if (study.best_point().endless == study.replicas) throw SimulationError(runs[study.best].front().reason);
  study.broken = intervals.broken();
  constexpr int fine = 12;
  for (int i = -octaves * fine; i <= octaves * fine; ++i) {
    const Seconds interval = std::exp2(i / double(fine)) * intervals.optimum();
    study.form_curve.emplace_back(interval, intervals.goodput_by_form(interval));
  }
  return study;
}

Json as_json(const CheckpointStudy& study) {
  Json points = Json::array();
  for (const IntervalPoint& point : study.points) {
    Json one = {{"rule", point.name.empty() ? Json() : Json(point.name)},
                {"interval_s", point.interval ? Json(point.interval->si()) : Json()},
                {"mean_interval_s", point.between_saves.si()},
                {"goodput", mean_json(point.goodput)},
                {"behind_best", mean_json(point.behind)},
                {"may_be_best", point.may_be_best()},
                {"goodput_by_form", point.form ? Json(*point.form) : Json()},
                {"shares", {{"checkpoint", point.checkpoint}, {"lost", point.lost}, {"recovery", point.recovery}}},
                {"endless_replicas", point.endless}};
    points.push_back(std::move(one));
  }
  Json broken = Json::array();
  for (const auto& one : study.broken) {
    broken.push_back({{"assumption", one.assumption}, {"explanation", one.explanation}});
  }
  const IntervalPoint& best = study.best_point();
  return {{"replicas", study.replicas},
          {"mtbf_s", study.mtbf.si()},
          {"checkpoint_cost_s", study.cost.si()},
          {"step_s", study.step.si()},
          {"write_s", study.write.si()},
          {"load_s", study.load.si()},
          {"intervals", std::move(points)},
          {"best",
           {{"rule", best.name.empty() ? Json() : Json(best.name)},
            {"interval_s", best.interval ? Json(best.interval->si()) : Json()}}},
          {"form_applies", study.broken.empty()},
          {"broken_assumptions", std::move(broken)}};
}

}  // namespace lockstep::studies
