#include "sim/symmetry/simulate_folded.hpp"

#include "base/error.hpp"

namespace lockstep::sim {
namespace {

// Folding costs about a tenth of a simulation, and what is left of the ranks costs its share.
constexpr double most_left = 0.75;

FoldedTimeline simulate_whole(const Folding::Subject& subject, FoldReport report) {
  std::optional<Conditions> own;
  if (subject.conditions != nullptr) own = *subject.conditions;
  return {.timeline = simulate(subject.fleet, subject.jobs, subject.options, nullptr, own ? &*own : nullptr),
          .report = std::move(report)};
}

Timeline simulate_few(Folding& folding, const EngineOptions& options) {
  try {
    return simulate(folding.fleet(), folding.jobs(), options, nullptr, folding.conditions());
  } catch (const SimulationError& error) {
    throw SimulationError(std::string(error.what()) +
                          "\n(equal ranks were folded into one: devices are named right, ranks are numbered among "
                          "those that are left)");
  }
}

}  // namespace

FoldedTimeline simulate_folded(const Folding::Subject& subject) {
  FoldReport report;
  report.obstacle = Folding::obstacle(subject);
  if (report.obstacle) return simulate_whole(subject, std::move(report));
  Folding folding(subject);
  report.actors = folding.actors();
  report.classes = folding.classes();
  if (!folding.is_sound()) {
    report.obstacle = "some messages have nobody who sends or receives them";
  } else if (static_cast<double>(report.classes) > most_left * static_cast<double>(report.actors)) {
    report.obstacle = "hardly any two ranks are equal";
  }
  if (report.obstacle) return simulate_whole(subject, std::move(report));
  return {.timeline = folding.expanded(simulate_few(folding, subject.options)), .report = std::move(report)};
}

}  // namespace lockstep::sim
