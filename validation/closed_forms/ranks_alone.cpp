// The condition that only ranks combine data, and what would be done in its place.
#include <algorithm>

#include "validation/closed_forms/assumptions.hpp"

namespace lockstep::validation {
namespace {

bool can_do(std::string_view algorithm, workloads::Operation operation) {
  const auto known = workloads::collective_algorithms();
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.name == algorithm; });
  return found != known.end() &&
         std::find(found->operations.begin(), found->operations.end(), operation) != found->operations.end();
}

CollectiveCase with_algorithm(const CollectiveCase& subject, std::string_view algorithm) {
  CollectiveCase changed = subject;
  changed.workload.request.algorithm = algorithm;
  changed.workload.request.segments = 1;
  changed.workload.request.phases = workloads::Phases::overlapped;
  return changed;
}

// What the algorithm's own form promises; nothing where it has none, or where messages share links, of which such forms
// know nothing.
std::optional<Seconds> promise(const CollectiveCase& subject) {
  const Situation situation(subject);
  std::optional<Seconds> least;
  for (const ClosedForm& form : closed_forms()) {
    if (form.algorithms.empty() || form.kind != FormKind::exact || !speaks_of(form, situation)) continue;
    if (uncontended.violation(situation, form)) return std::nullopt;
    const auto prediction = form.predict(situation);
    if (prediction && (!least || prediction->time < *least)) least = prediction->time;
  }
  return least;
}

// Of the algorithms that need ranks alone, the one whose form promises the least time, or else the first.
std::optional<std::string_view> best_of_ranks(const CollectiveCase& subject) {
  constexpr std::string_view candidates[] = {
      "ring", "halving_doubling", "recursive_doubling", "scatter_all_gather", "tree", "bruck"};
  std::optional<std::string_view> best;
  std::optional<Seconds> least;
  for (const std::string_view candidate : candidates) {
    if (!can_do(candidate, subject.workload.request.operation)) continue;
    const auto time = promise(with_algorithm(subject, candidate));
    const bool is_better = time && (!least || *time < *least);
    if (best && !is_better) continue;
    best = candidate;
    least = time;
  }
  return best;
}

std::optional<std::string> agents(const Situation& situation, const ClosedForm&) {
  if (!situation.traffic().has_agents()) return std::nullopt;
  const auto best = best_of_ranks(situation.subject());
  return "switches take part and reduce" + (best ? ", where ranks alone would use " + std::string(*best) : "");
}

void grant_ranks_alone(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  if (const auto best = best_of_ranks(subject)) subject = with_algorithm(subject, *best);
}

}  // namespace

const Assumption no_in_network_reduction = {"no_in_network_reduction", "Only ranks combine data.", agents,
                                            grant_ranks_alone};

}  // namespace lockstep::validation
