// The lines of the table for failures, and the conditions that they name.
#include <cmath>

#include "base/unit_text.hpp"
#include "validation/statistics/reliability_situation.hpp"

namespace lockstep::validation {
namespace {

using Violation = std::optional<std::string>;
using Answer = std::optional<Prediction>;
using enum ReliabilityQuantity;

Violation other_lives(const ReliabilitySituation& at) {
  if (at.law == "exponential" || (at.law == "weibull" && at.shape == 1)) return std::nullopt;
  const std::string shape = at.law == "weibull" ? " of shape " + shortest_text(at.shape) : "";
  return "times to failure are " + at.law + shape + ", so that what a part has behind it counts";
}

Violation together(const ReliabilitySituation& at) {
  return at.dependent_failures;
}

Violation hidden(const ReliabilitySituation& at) {
  return at.hidden_writes;
}

Violation varying(const ReliabilitySituation& at) {
  return at.varying_segments;
}

Violation split_segment(const ReliabilitySituation& at) {
  constexpr double rounding = 1e-9;
  if (std::abs(at.segments - std::round(at.segments)) <= rounding * at.segments) return std::nullopt;
  return "the work makes " + shortest_text(at.segments) + " segments, the last of which is shorter";
}

Violation other_restart(const ReliabilitySituation& at) {
  return at.other_restarts;
}

// All nodes are up at first, and it takes some repairs until that is forgotten.
Violation short_time(const ReliabilitySituation& at) {
  constexpr double repairs = 1000;
  if (at.duration >= repairs * at.repair) return std::nullopt;
  return to_text(at.duration) + " are " + shortest_text(std::floor(at.duration / at.repair)) +
         " repairs, which all nodes being up at first still shows in";
}

Answer first_of_exponential_lives(const ReliabilitySituation& at) {
  if (at.quantity != first_failure || at.parts.empty()) return std::nullopt;
  return Prediction{mtbf_of(at.parts)};
}

Answer first_of_new_parts(const ReliabilitySituation& at) {
  if (at.quantity != first_failure || at.parts.empty() || at.law != "weibull") return std::nullopt;
  return Prediction{validation::first_failure(at.parts, at.shape)};
}

template <Restart restart>
Answer segment_time(const ReliabilitySituation& at) {
  if (at.quantity != segment || at.restart != restart) return std::nullopt;
  return Prediction{expected_segment(at.policy, at.work, restart)};
}

Answer job_time(const ReliabilitySituation& at) {
  if (at.quantity != job) return std::nullopt;
  return Prediction{at.segments * expected_segment(at.policy, at.work, at.restart)};
}

Answer enough_in_the_long_run(const ReliabilitySituation& at) {
  if (at.quantity != enough_nodes || !at.pool || !at.is_repaired) return std::nullopt;
  return Prediction{at.duration * enough_with_repair(*at.pool, at.repair)};
}

constexpr std::string_view renewal = "Daly 2006; Barlow and Proschan 1975";

}  // namespace

constexpr ReliabilityAssumption exponential_lives{
    .name = "exponential_lives", .description = "Times to failure are exponential.", .violation = other_lives};
constexpr ReliabilityAssumption independent_failures{
    .name = "independent_failures", .description = "Parts fail independently of each other.", .violation = together};
constexpr ReliabilityAssumption blocking_writes{
    .name = "blocking_writes", .description = "Work stands still while a checkpoint is written.", .violation = hidden};
constexpr ReliabilityAssumption equal_segments{.name = "equal_segments",
                                               .description = "The work between two checkpoints always takes as long.",
                                               .violation = varying};
constexpr ReliabilityAssumption whole_segments{
    .name = "whole_segments",
    .description = "The work is a whole number of segments, each with its checkpoint.",
    .violation = split_segment};
constexpr ReliabilityAssumption fixed_restarts{.name = "fixed_restarts",
                                               .description = "Every failure costs the same downtime and restart.",
                                               .violation = other_restart};
constexpr ReliabilityAssumption long_duration{.name = "long_duration",
                                              .description = "The time is that of a thousand repairs and more.",
                                              .violation = short_time};

std::span<const ReliabilityForm> reliability_forms() {
  static const std::vector<const ReliabilityAssumption*> of_segments = {
      &exponential_lives, &independent_failures, &blocking_writes, &equal_segments, &fixed_restarts};
  static const std::vector<const ReliabilityAssumption*> of_jobs = {
      &exponential_lives, &independent_failures, &blocking_writes, &equal_segments, &whole_segments, &fixed_restarts};
  static const std::vector<ReliabilityForm> table = {
      {.id = "R01",
       .title = "first failure of a fleet",
       .formula = "1/Σ n_c/M_c",
       .source = "Barlow and Proschan 1975",
       .assumptions = {&exponential_lives, &independent_failures},
       .predict = first_of_exponential_lives},
      {.id = "R02",
       .title = "segment, a restart may fail",
       .formula = "e^(R/M)(M+D)(e^((τ+δ)/M) - 1)",
       .source = renewal,
       .assumptions = of_segments,
       .predict = segment_time<Restart::may_fail>},
      {.id = "R02",
       .title = "segment, a restart is safe",
       .formula = "(M+D+R)(e^((τ+δ)/M) - 1)",
       .source = renewal,
       .assumptions = of_segments,
       .predict = segment_time<Restart::is_safe>},
      {.id = "R04",
       .title = "time of a run with failures",
       .formula = "(W/τ) E, E of R02",
       .source = renewal,
       .assumptions = of_jobs,
       .predict = job_time},
      {.id = "R05",
       .title = "time with enough nodes",
       .formula = "T P(Bin(n+k, A) ≥ n), A = MTBF/(MTBF+MTTR)",
       .source = "Barlow and Proschan 1975",
       .assumptions = {&independent_failures, &long_duration},
       .predict = enough_in_the_long_run},
      {.id = "R08",
       .title = "first failure of new parts",
       .formula = "λΓ(1+1/c)n^(-1/c)",
       .source = "Barlow and Proschan 1975",
       .assumptions = {&independent_failures},
       .predict = first_of_new_parts},
  };
  return table;
}

std::vector<FormCheck> check_reliability(const ReliabilitySituation& situation, const SampledMean& sample) {
  return check_sampled(reliability_forms(), situation, sample);
}

}  // namespace lockstep::validation
