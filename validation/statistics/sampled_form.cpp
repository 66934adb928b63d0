#include "validation/statistics/sampled_form.hpp"

namespace lockstep::validation {

std::optional<std::string> too_few_samples(const SampledMean& sample) {
  if (sample.count >= least_samples) return std::nullopt;
  return std::to_string(sample.count) + (sample.count == 1 ? " sample tells" : " samples tell") +
         " too little of its own spread; it takes " + std::to_string(least_samples);
}

void add_broken(std::string_view assumption, std::string explanation, FormCheck& check) {
  check.broken_assumptions.push_back({.assumption = std::string(assumption),
                                      .explanation = std::move(explanation),
                                      .cost = {},
                                      .basis = BrokenAssumption::Basis::unpriced});
}

void charge_broken(FormCheck& check) {
  check.applies = check.broken_assumptions.empty();
  if (check.broken_assumptions.size() == 1) {
    BrokenAssumption& alone = check.broken_assumptions.front();
    alone.cost = distance(check.sampled->mean, check.prediction, check.form.kind);
    alone.basis = BrokenAssumption::Basis::remainder;
  }
  if (check.sampled->count == 1) check.sampled.reset();
}

}  // namespace lockstep::validation
