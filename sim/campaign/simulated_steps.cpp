#include "sim/campaign/simulated_steps.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "sim/checkpoint_job.hpp"
#include "sim/symmetry/simulate_folded.hpp"
#include "workloads/training/training_program.hpp"

namespace lockstep::sim {
namespace {

std::vector<Seconds> times_of_jobs(const Timeline& timeline) {
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

void SimulatedSteps::know(Seconds first) {
  if (conditions_ == nullptr) known_[{0, {}}] = {first};
}

std::vector<Seconds> SimulatedSteps::simulate(const Stretch& stretch, Conditions* conditions) {
  const Scenario& scenario = *by_lost_[stretch.lost];
  std::vector<Job> jobs = scenario.jobs_of_steps(stretch.steps);
  jobs.front().start = stretch.begin;
  simulated_ += stretch.steps;
  const auto run = [&] {
    return times_of_jobs(simulate_folded(
        {.fleet = scenario.fleet(), .jobs = jobs, .options = scenario.engine(), .conditions = conditions}));
  };
  return scenario.engine().network == "fluid" ? in_child(run) : run();
}

// As fast as everything is at that time; where something stands still, from then on.
std::vector<Seconds> SimulatedSteps::simulate(const Scenario& scenario, std::span<const Job> jobs, Seconds time) {
  std::vector<Job> own(jobs.begin(), jobs.end());
  std::optional<Conditions> conditions;
  if (conditions_ != nullptr) {
    const std::vector<double> speeds = conditions_->speeds_at(time).values;
    const bool stands_still = std::find(speeds.begin(), speeds.end(), 0) != speeds.end();
    conditions = stands_still ? *conditions_ : conditions_->as_at(time);
    // What stands still goes on some time.
    for (Job& job : own) {
      if (stands_still && !job.follows) job.start += time;
    }
  }
  const auto run = [&] {
    return times_of_jobs(simulate_folded({.fleet = scenario.fleet(),
                                          .jobs = own,
                                          .options = scenario.engine(),
                                          .conditions = conditions ? &*conditions : nullptr}));
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
  if (conditions_ == nullptr) return at(Seconds(0), 0).step;
  if (!undisturbed_) undisturbed_ = simulate({}, nullptr).front();
  return *undisturbed_;
}

Seconds SimulatedSteps::write() {
  const auto& stated = rule().write;
  return stated ? *stated : checkpoint(workloads::CheckpointDirection::save);
}

// What was written in a stated time is loaded as part of the restart, unless stated too.
Seconds SimulatedSteps::load() {
  if (rule().load || rule().write) return rule().load.value_or(Seconds(0));
  return checkpoint(workloads::CheckpointDirection::load);
}

Seconds SimulatedSteps::checkpoint(workloads::CheckpointDirection direction) {
  const auto [known, is_new] = checkpoints_.try_emplace(direction);
  if (is_new) {
    const std::vector<Job> jobs = {checkpoint_of(*by_lost_.front(), direction)};
    known->second = simulate(*by_lost_.front(), jobs, Seconds(0)).front();
  }
  return known->second;
}

StepTimes::Beside SimulatedSteps::beside_write(Seconds begin, std::uint32_t lost) {
  return rule().write ? beside_stated_write(begin, lost) : beside_simulated_write(begin, lost);
}

// Steps are slower until the write is over, and the last of them only partly.
StepTimes::Beside SimulatedSteps::beside_stated_write(Seconds begin, std::uint32_t lost) {
  const double slowdown = rule().slowdown;
  Beside beside{.steps = {}, .write = write()};
  for (Seconds passed; passed < beside.write;) {
    const Seconds step = at(begin + passed, lost).step;
    const Seconds left = beside.write - passed;
    beside.steps.push_back(step * slowdown <= left ? step * slowdown : left + (step - left / slowdown));
    passed += beside.steps.back();
  }
  return beside;
}

// Both at once, and so many steps that the write is over before they are.
StepTimes::Beside SimulatedSteps::beside_simulated_write(Seconds begin, std::uint32_t lost) {
  std::vector<double> speeds;
  if (conditions_ != nullptr) speeds = conditions_->speeds_at(begin).values;
  const auto [known, is_new] = beside_.try_emplace({lost, std::move(speeds)});
  if (!is_new) return known->second;
  const Scenario& scenario = *by_lost_[lost];
  auto steps = static_cast<std::uint64_t>(std::ceil(write() / at(begin, lost).step)) + 1;
  for (;; steps *= 2) {
    std::vector<Job> jobs = scenario.jobs_of_steps(steps);
    jobs.push_back(checkpoint_of(scenario, workloads::CheckpointDirection::save));
    const std::vector<Seconds> times = simulate(scenario, jobs, begin);
    Beside beside{.steps = {}, .write = times.back()};
    Seconds passed;
    for (std::uint64_t step = 0; step < steps && passed < beside.write; ++step) {
      beside.steps.push_back(times[step]);
      passed += times[step];
    }
    if (passed >= beside.write) return known->second = std::move(beside);
  }
}

Job checkpoint_of(const Scenario& scenario, workloads::CheckpointDirection direction) {
  const Job job = scenario.workloads().front()->job();
  const auto& bytes = scenario.campaign().checkpoint->bytes;
  const auto* program = dynamic_cast<const workloads::TrainingProgram*>(job.program.get());
  if (!bytes && program == nullptr) {
    throw InputError({.where = "checkpoint",
                      .problem = "it is not known how much a checkpoint of this workload saves",
                      .suggestion = "state \"bytes\": \"1 TB\", or how long it takes, \"write\": \"60 s\""});
  }
  const auto ranks = static_cast<std::uint32_t>(job.placement.size());
  const workloads::CheckpointLoad load =
      bytes ? workloads::even_checkpoint(*bytes, ranks) : workloads::checkpoint_load_of(program->spec());
  return checkpoint_job(load, scenario.fleet(), job.placement, {.direction = direction});
}

}  // namespace lockstep::sim
