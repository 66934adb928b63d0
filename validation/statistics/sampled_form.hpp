#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "validation/form_check.hpp"

// Closed forms of expectations, which are held against means of samples by the rule of four standard errors. A family
// speaks of a plain struct, its situation, that says what was sampled.
namespace lockstep::validation {

template <class Situation>
struct SampledAssumption {
  std::string_view name;
  std::string_view description;  // one sentence
  // Why it does not hold, in a sentence with figures; nothing where it holds.
  std::optional<std::string> (*violation)(const Situation&);
};

template <class Situation>
struct SampledForm {
  std::string_view id;
  std::string_view title;
  std::string_view formula;
  std::string_view source;
  FormKind kind = FormKind::statistical;
  std::vector<const SampledAssumption<Situation>*> assumptions = {};
  // Nothing where the form does not speak of the situation.
  std::optional<Prediction> (*predict)(const Situation&) = nullptr;
};

// Fewer samples than this do not tell their own spread well enough for four standard errors to be a rule.
inline constexpr std::uint64_t least_samples = 30;
std::optional<std::string> too_few_samples(const SampledMean& sample);

// Adds what does not hold. One assumption alone is charged with all of the difference; of several none can be. A single
// run is no sample.
void add_broken(std::string_view assumption, std::string explanation, FormCheck& check);
void charge_broken(FormCheck& check);

// Every form of the family that speaks of the situation.
template <class Situation>
std::vector<FormCheck> check_sampled(std::span<const SampledForm<Situation>> family, const Situation& situation,
                                     const SampledMean& sample) {
  std::vector<FormCheck> checks;
  for (const SampledForm<Situation>& form : family) {
    const auto prediction = form.predict(situation);
    if (!prediction) continue;
    FormCheck check = compare_sampled(
        {.id = form.id, .title = form.title, .formula = form.formula, .source = form.source, .kind = form.kind},
        *prediction, sample);
    for (const auto* assumption : form.assumptions) {
      if (auto broken = assumption->violation(situation)) add_broken(assumption->name, std::move(*broken), check);
    }
    const auto broken = form.kind == FormKind::exact ? std::nullopt : too_few_samples(sample);
    if (broken) add_broken("enough_samples", *broken, check);
    charge_broken(check);
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace lockstep::validation
