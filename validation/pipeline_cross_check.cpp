#include "validation/pipeline_cross_check.hpp"

#include "validation/closed_forms/pipeline_form.hpp"
#include "validation/form_pricing.hpp"
#include "validation/pipeline_bound.hpp"

namespace lockstep::validation {

CrossCheck cross_check(const PipelineCase& subject, const Simulator& simulator, std::optional<Seconds> known) {
  CrossCheck result{.simulated = known ? *known : simulated_time(subject, simulator)};
  const PipelineSituation situation(subject);
  const auto simulate = [&](const PipelineCase& changed) { return simulated_time(changed, simulator); };
  FormPricing pricing(subject, situation, result.simulated, simulate);
  for (const PipelineForm& form : pipeline_forms()) {
    if (!speaks_of(form, situation)) continue;
    if (const auto prediction = form.predict(situation)) result.forms.push_back(pricing.check(form, *prediction));
  }
  const PipelineBound bound = pipeline_bound(situation);
  result.bound = {{"busy", bound.busy}, {"path", bound.path}};
  return result;
}

}  // namespace lockstep::validation
