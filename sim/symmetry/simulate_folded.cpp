#include "sim/symmetry/simulate_folded.hpp"

#include "base/error.hpp"

namespace lockstep::sim {
namespace {

// Folding costs about a tenth of a simulation, and what is left of the ranks costs its share.
constexpr double most_left = 0.75;

Observer* listener(const Listening& listening, std::span<const Job> jobs) {
  return listening.listener ? listening.listener(jobs) : nullptr;
}

Timeline simulate_whole(const Folding::Subject& subject, const Listening& listening, FoldReport report) {
  Timeline timeline =
      simulate(subject.fleet, subject.jobs, subject.options, listener(listening, subject.jobs), subject.conditions);
  timeline.folding = std::move(report);
  return timeline;
}

// What is wrong is told of the whole, whose ranks people know. When messages arrive does not matter to a program that
// waits for one that never comes, so the network does not either; and SimGrid serves one simulation a process.
[[noreturn]] void explain(const SimulationError& error, const Folding::Subject& subject) {
  EngineOptions options = subject.options;
  options.network = "contention_free";
  std::optional<Conditions> own;
  if (subject.conditions != nullptr) own = *subject.conditions;
  simulate(subject.fleet, subject.jobs, options, nullptr, own ? &*own : nullptr);
  throw error;
}

Timeline simulate_few(Folding& folding, const Folding::Subject& subject, const Listening& listening) {
  try {
    return simulate(folding.fleet(), folding.jobs(), subject.options, listener(listening, folding.jobs()),
                    folding.conditions());
  } catch (const SimulationError& error) {
    explain(error, subject);
  }
}

}  // namespace

Timeline simulate_folded(const Folding::Subject& subject, const Listening& listening) {
  FoldReport report;
  report.obstacle = Folding::obstacle(subject);
  if (!report.obstacle && listening.to_every_rank) report.obstacle = "every rank is watched";
  if (report.obstacle) return simulate_whole(subject, listening, std::move(report));
  Folding folding(subject);
  report.actors = folding.actors();
  report.classes = folding.classes();
  if (!folding.is_sound()) {
    report.obstacle = "some messages have nobody who sends or receives them";
  } else if (static_cast<double>(report.classes) > most_left * static_cast<double>(report.actors)) {
    report.obstacle = "hardly any two ranks are equal";
  }
  if (report.obstacle) return simulate_whole(subject, listening, std::move(report));
  Timeline timeline = folding.expanded(simulate_few(folding, subject, listening));
  timeline.folding = std::move(report);
  return timeline;
}

}  // namespace lockstep::sim
