#include "sim/symmetry/simulate_folded.hpp"

#include "sim/deadlock.hpp"

namespace lockstep::sim {
namespace {

// Looking for equal ranks takes its time too.
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

// Ranks are named that people know: those of the whole. When messages arrive does not matter to a program that waits
// for one that never comes, so the network does not either; and SimGrid serves one simulation a process.
void explain_deadlock(const Folding::Subject& subject) {
  EngineOptions options = subject.options;
  options.network = "contention_free";
  std::optional<Conditions> own;
  if (subject.conditions != nullptr) own = *subject.conditions;
  simulate(subject.fleet, subject.jobs, options, nullptr, own ? &*own : nullptr);
}

Timeline simulate_few(Folding& folding, const Folding::Subject& subject, const Listening& listening) {
  try {
    return simulate(folding.fleet(), folding.jobs(), subject.options, listener(listening, folding.jobs()),
                    folding.conditions());
  } catch (const Deadlock&) {
    explain_deadlock(subject);
    throw;
  }
}

}  // namespace

Timeline simulate_folded(const Folding::Subject& subject, const Listening& listening) {
  FoldReport report;
  report.obstacle = Folding::obstacle(subject);
  if (!report.obstacle && listening.to_every_rank) report.obstacle = "every rank is watched";
  if (report.obstacle) return simulate_whole(subject, listening, std::move(report));
  std::optional<Folding> folding(std::in_place, subject, most_left);
  report.actors = folding->actors();
  report.classes = folding->classes();
  report.obstacle = folding->failure();
  if (report.obstacle) {
    folding.reset();
    return simulate_whole(subject, listening, std::move(report));
  }
  Timeline timeline = folding->expanded(simulate_few(*folding, subject, listening));
  timeline.folding = std::move(report);
  return timeline;
}

}  // namespace lockstep::sim
