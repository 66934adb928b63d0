// The conditions that forms of stragglers name.
#include <cmath>

#include "base/unit_text.hpp"
#include "validation/statistics/straggler_situation.hpp"

namespace lockstep::validation {
namespace {

using Violation = std::optional<std::string>;

Violation unequal(const StragglerSituation& at) {
  return at.unequal_workers;
}

// Of a factor that is drawn once a run all computations of a worker have the same.
Violation sums_of_draws(const StragglerSituation& at) {
  if (at.each == DrawnEach::run || at.draws_per_update == at.local_steps || !at.factor.variance()) return std::nullopt;
  if (*at.factor.variance() == 0) return std::nullopt;
  return "a worker's time between two updates is a sum of " + std::to_string(at.draws_per_update) +
         " draws, whose law is another and narrower";
}

Violation dependent_steps(const StragglerSituation& at) {
  if (at.each == DrawnEach::run) return "factors are drawn once a run, so that its steps are all alike";
  if (at.correlation == 0) return std::nullopt;
  return "a worker's factors are correlated by " + shortest_text(at.correlation) +
         " from one computation to the next, and slow ones follow slow ones";
}

Violation hidden_exchange(const StragglerSituation& at) {
  return at.overlapping_exchange;
}

Violation costly_exchange(const StragglerSituation& at) {
  if (at.exchange == Seconds(0)) return std::nullopt;
  return "exchanging gradients and weights takes " + to_text(at.exchange) + " an update";
}

Violation others(const StragglerSituation& at) {
  return at.other_perturbations;
}

// What a renewal process counts in a time t is t/E[X] + (cv²-1)/2 on average.
Violation short_run(const StragglerSituation& at) {
  const auto mean = at.factor.mean(), variance = at.factor.variance();
  if (!at.updates || !mean || !variance) return std::nullopt;
  const double early = at.rank.n * std::abs(*variance / (*mean * *mean) - 1) / 2;
  constexpr double negligible = 1e-4;
  if (early <= negligible * static_cast<double>(*at.updates)) return std::nullopt;
  return "workers that begin all at once are some " + shortest_text(std::round(early)) +
         " updates away from their long run, of " + std::to_string(*at.updates);
}

Violation infinite_variance(const StragglerSituation& at) {
  const auto moments = order_moments(at.factor, at.rank);
  if (moments && moments->variance) return std::nullopt;
  return "the " + at.law + " law has no variance in this tail, so that means of samples do not settle";
}

Violation remembering(const StragglerSituation& at) {
  if (is_exponential(at.factor)) return std::nullopt;
  return "times are " + at.law + ": what a worker has left depends on how long it has been at it";
}

Violation split_worker(const StragglerSituation& at) {
  const double slow = at.persistent ? at.persistent->fraction * at.rank.n : 0;
  constexpr double rounding = 1e-9;
  if (std::abs(slow - std::round(slow)) <= rounding * (1 + slow)) return std::nullopt;
  return shortest_text(at.persistent->fraction) + " of " + std::to_string(at.rank.n) + " workers are " +
         shortest_text(slow) + ", no whole number";
}

}  // namespace

constexpr StragglerAssumption alike_workers{
    .name = "alike_workers",
    .description = "All workers have as much to compute, and factors of one law.",
    .violation = unequal};
constexpr StragglerAssumption one_draw_a_step{.name = "one_draw_a_step",
                                              .description = "A worker draws one factor between two updates.",
                                              .violation = sums_of_draws};
constexpr StragglerAssumption independent_steps{
    .name = "independent_steps",
    .description = "A worker's factors are independent from one step to the next.",
    .violation = dependent_steps};
constexpr StragglerAssumption exposed_exchange{
    .name = "exposed_exchange",
    .description = "Gradients are exchanged after the last worker that is waited for, and nothing is hidden.",
    .violation = hidden_exchange};
constexpr StragglerAssumption free_exchange{.name = "free_exchange",
                                            .description = "Exchanging gradients and weights takes no time.",
                                            .violation = costly_exchange};
constexpr StragglerAssumption nothing_else_random{
    .name = "nothing_else_random", .description = "Nothing else disturbs workers or links.", .violation = others};
constexpr StragglerAssumption long_run{
    .name = "long_run", .description = "The run is so long that its beginning does not count.", .violation = short_run};
constexpr StragglerAssumption finite_variance{
    .name = "finite_variance",
    .description = "The time has a variance, which four standard errors take for granted.",
    .violation = infinite_variance};
constexpr StragglerAssumption memoryless{
    .name = "memoryless",
    .description = "Times are exponential: having waited tells nothing of what is left.",
    .violation = remembering};
constexpr StragglerAssumption whole_stragglers{.name = "whole_stragglers",
                                               .description = "The fraction of the workers is a whole number of them.",
                                               .violation = split_worker};

}  // namespace lockstep::validation
