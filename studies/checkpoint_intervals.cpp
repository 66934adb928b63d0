#include "studies/checkpoint_intervals.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/campaign/checkpoint_interval.hpp"

namespace lockstep::studies {
namespace {

constexpr std::array formulas = {IntervalFormula{"young", sim::IntervalRule::young, sim::young_interval},
                                 IntervalFormula{"daly", sim::IntervalRule::daly, sim::daly_interval},
                                 IntervalFormula{"exact", sim::IntervalRule::exact, sim::exact_interval}};

}  // namespace

std::span<const IntervalFormula> interval_formulas() {
  return formulas;
}

void require_checkpoints(const sim::CampaignSpec& spec) {
  if (spec.causes.empty()) {
    throw InputError({.where = "perturbations",
                      .problem = "nothing stops this job, so that it needs no checkpoints",
                      .suggestion = R"(add {"kind": "failures", "mtbf": "3 h", "restart": "5 min", )"
                                    R"("checkpoint": {"interval": "exact", "write": "60 s"}})"});
  }
  if (!spec.checkpoint) {
    throw InputError({.where = "perturbations",
                      .problem = "this job saves nothing, so that there is no interval to choose",
                      .suggestion = R"(add "checkpoint": {"interval": "exact", "write": "60 s"} to the failures; )"
                                    "without \"write\" it is simulated, to the fleet's storage"});
  }
  if (spec.checkpoint->interval != sim::IntervalRule::never) return;
  throw InputError({.where = "checkpoint.interval",
                    .problem = "the job never saves, so that there is no interval to choose",
                    .suggestion = "\"exact\", or any other than \"never\""});
}

CheckpointIntervals::CheckpointIntervals(const sim::Scenario& scenario, sim::SimulatedSteps& steps)
    : spec_(scenario.campaign()),
      ground_(ground_of(scenario)),
      figures_{.steps = 0, .step = steps.undisturbed(), .write = steps.write(), .load = steps.load()} {
  const auto& run = scenario.run();
  figures_.steps = run.duration ? *run.duration / figures_.step : static_cast<double>(run.steps);
  if (!scenario.perturbations().empty()) figures_.varying_steps = "perturbations change how long steps take";
  // Of the rule that is best by form, whichever the scenario has.
  spec_.checkpoint->interval = sim::IntervalRule::exact;
  mtbf_ = situation(figures_.step).policy.mtbf;
  check();
}

Seconds CheckpointIntervals::due(const IntervalFormula& rule) const {
  const Seconds best = rule.interval(mtbf_, cost());
  return is_asynchronous() ? std::max(best, figures_.write) : best;
}

double CheckpointIntervals::goodput_by_form(Seconds interval) const {
  const validation::ReliabilitySituation at = situation(interval);
  const double whole = std::floor(at.segments + 1e-9);
  const Seconds rest = std::max(0.0, at.segments - whole) * at.work;
  Seconds time = whole * expected_segment(at.policy, at.work, at.restart);
  if (rest > 1e-6 * at.work) time += expected_segment(at.policy, rest, at.restart);
  return figures_.steps * figures_.step / time;
}

std::vector<validation::BrokenAssumption> CheckpointIntervals::broken() const {
  const validation::ReliabilitySituation at = situation(optimum());
  std::vector<validation::BrokenAssumption> broken;
  for (const auto* assumption :
       {&validation::exponential_lives, &validation::independent_failures, &validation::blocking_writes,
        &validation::equal_segments, &validation::fixed_restarts}) {
    if (auto why = assumption->violation(at)) {
      broken.push_back({.assumption = std::string(assumption->name),
                        .explanation = std::move(*why),
                        .cost = {},
                        .basis = validation::BrokenAssumption::Basis::unpriced});
    }
  }
  return broken;
}

validation::ReliabilitySituation CheckpointIntervals::situation(Seconds interval) const {
  validation::CampaignFigures figures = figures_;
  figures.interval = interval;
  validation::ReliabilitySituation at = campaign_situation(spec_, ground_, figures);
  at.policy.write = cost();
  return at;
}

void CheckpointIntervals::check() const {
  if (!std::isfinite(mtbf_.si())) {
    throw InputError({.where = "perturbations",
                      .problem = "lifetimes have no finite mean, from which the rules for the interval start",
                      .suggestion = "a distribution of lifetimes that has a mean"});
  }
  if (optimum() < figures_.step) {
    throw InputError({.where = "checkpoint",
                      .problem = "checkpoints cost so little, " + to_text(cost()) +
                                 " each, that it is best to save after every step of " + to_text(figures_.step),
                      .suggestion = "\"write\": \"60 s\", or a longer \"snapshot\" of an asynchronous one"});
  }
  const Seconds work = figures_.steps * figures_.step;
  if (work > optimum()) return;
  throw InputError({.where = "run",
                    .problem = "the run has " + to_text(work) + " of work, and checkpoints are best " +
                               to_text(optimum()) + " apart: it makes no difference when it saves",
                    .suggestion = "a longer one, as in \"duration\": \"" + to_text(100 * mtbf_) + "\""});
}

}  // namespace lockstep::studies
