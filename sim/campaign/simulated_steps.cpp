#include "sim/campaign/simulated_steps.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/child_tasks.hpp"
#include "sim/simulate.hpp"

namespace lockstep::sim {
namespace {

std::vector<Seconds> step_times(const Timeline& timeline) {
  std::vector<Seconds> times;
  for (const JobTimeline& step : timeline.jobs) times.push_back(step.end - step.start);
  return times;
}

// SimGrid serves one simulation a process.
std::vector<Seconds> in_child(const std::function<std::vector<Seconds>()>& simulate) {
  const ChildTask task = [&] {
    Json times = Json::array();
    for (const Seconds time : simulate()) times.push_back(time.si());
    return times.dump();
  };
  std::vector<Seconds> times;
  for (const Json& time : Json::parse(run_in_children(std::span(&task, 1), 1).front().bytes())) {
    times.emplace_back(time.get<double>());
  }
  return times;
}

}  // namespace

SimulatedSteps::SimulatedSteps(std::vector<const Scenario*> by_lost, const RunChoice& choice)
    : by_lost_(std::move(by_lost)), draws_(by_lost_.front()->seed(), "campaign/steps", {choice.replica}) {
  const Scenario& scenario = *by_lost_.front();
  conditions_ = scenario.perturbations().conditions(scenario.fleet(), scenario.seed(), choice);
}

std::vector<Seconds> SimulatedSteps::simulate(const Stretch& stretch, Conditions* conditions) {
  const Scenario& scenario = *by_lost_[stretch.lost];
  std::vector<Job> jobs = scenario.jobs_of_steps(stretch.steps);
  jobs.front().start = stretch.begin;
  simulated_ += stretch.steps;
  const auto run = [&] {
    return step_times(sim::simulate(scenario.fleet(), jobs, scenario.engine(), nullptr, conditions));
  };
  return scenario.engine().network == "fluid" ? in_child(run) : run();
}

StepTimes::Steady SimulatedSteps::at(Seconds begin, std::uint32_t lost) {
  constexpr Seconds never(std::numeric_limits<double>::infinity());
  Conditions::Speeds speeds{.values = {}, .until = never};
  if (conditions_ != nullptr) speeds = conditions_->speeds_at(begin);
  const bool stands_still =
      std::any_of(speeds.values.begin(), speeds.values.end(), [](double speed) { return speed == 0; });
  if (draws_steps() && !stands_still) {
    const Seconds step = draw(speeds.values, begin, lost);
    return {.step = step, .until = begin + step};
  }
  if (!stands_still) {
    const auto [known, is_new] = known_.try_emplace({lost, speeds.values});
    if (is_new && conditions_ != nullptr) {
      Conditions frozen = conditions_->as_at(begin);
      known->second = simulate({.lost = lost}, &frozen);
    } else if (is_new) {
      known->second = simulate({.lost = lost}, nullptr);
    }
    const Seconds step = known->second.front();
    if (begin + step <= speeds.until) return {.step = step, .until = speeds.until};
  }
  Conditions changing = *conditions_;
  const Seconds step = simulate({.lost = lost, .begin = begin}, &changing).front();
  return {.step = step, .until = begin + step};
}

Seconds SimulatedSteps::draw(std::vector<double> speeds, Seconds begin, std::uint32_t lost) {
  const auto [known, is_new] = known_.try_emplace({lost, std::move(speeds)});
  if (is_new) {
    Conditions frozen = conditions_->as_at(begin);
    known->second = simulate({.lost = lost, .steps = by_lost_.front()->run().sampled_steps}, &frozen);
  }
  return known->second[draws_.below(known->second.size())];
}

Seconds SimulatedSteps::undisturbed() {
  return simulate({}, nullptr).front();
}

Seconds SimulatedSteps::write() {
  return *by_lost_.front()->campaign().checkpoint->write;
}

Seconds SimulatedSteps::load() {
  return by_lost_.front()->campaign().checkpoint->load.value_or(Seconds(0));
}

// Steps are slower until the write is over, and the last of them only partly.
StepTimes::Beside SimulatedSteps::beside_write(Seconds begin, std::uint32_t lost) {
  const double slowdown = by_lost_.front()->campaign().checkpoint->slowdown;
  Beside beside{.steps = {}, .write = write()};
  for (Seconds passed; passed < beside.write;) {
    const Seconds step = at(begin + passed, lost).step;
    const Seconds left = beside.write - passed;
    beside.steps.push_back(step * slowdown <= left ? step * slowdown : left + (step - left / slowdown));
    passed += beside.steps.back();
  }
  return beside;
}

}  // namespace lockstep::sim
