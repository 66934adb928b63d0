#include "validation/nearest_form.hpp"

#include <algorithm>

#include "validation/closed_forms/closed_form.hpp"
#include "validation/closed_forms/pipeline_form.hpp"
#include "validation/scenario_case.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

template <class Form, class Situation>
FormAnswer answer_of(const Form& form, const Prediction& prediction, const Situation& situation) {
  FormAnswer answer{
      .form = {.id = form.id, .title = form.title, .formula = form.formula, .source = form.source, .kind = form.kind},
      .prediction = prediction};
  for (const auto* assumption : assumptions_of(form)) {
    if (assumption->violation(situation, form)) answer.broken_assumptions.emplace_back(assumption->name);
  }
  return answer;
}

template <class Form, class Situation>
std::optional<FormAnswer> nearest_of(std::span<const Form> forms, const Situation& situation) {
  std::optional<FormAnswer> nearest;
  for (const Form& form : forms) {
    if (form.kind != FormKind::exact || !speaks_of(form, situation)) continue;
    const auto prediction = form.predict(situation);
    if (!prediction) continue;
    FormAnswer answer = answer_of(form, *prediction, situation);
    if (nearest && nearest->broken_assumptions.size() <= answer.broken_assumptions.size()) continue;
    nearest = std::move(answer);
  }
  return nearest;
}

std::optional<FormAnswer> answer_of_first_order(const TrainingSituation& situation) {
  const auto forms = training_forms();
  const auto form = std::ranges::find(forms, "first_order", &TrainingForm::id);
  const auto prediction = form->predict(situation);
  if (!prediction) return std::nullopt;
  return answer_of(*form, *prediction, situation);
}

}  // namespace

std::optional<FormAnswer> nearest_form(const sim::Scenario& scenario, const Catalog& catalog) {
  // Updates decide while they run what comes next.
  if (scenario.workloads().front()->self_driven() != nullptr) return std::nullopt;
  if (const auto collective = collective_case_of(scenario)) return nearest_of(closed_forms(), Situation(*collective));
  if (const auto pipeline = pipeline_case_of(scenario))
    return nearest_of(pipeline_forms(), PipelineSituation(*pipeline));
  if (const auto step = training_case_of(scenario, catalog)) return answer_of_first_order(TrainingSituation(*step));
  return std::nullopt;
}

}  // namespace lockstep::validation
