#include "validation/training/training_cross_check.hpp"

#include "validation/form_pricing.hpp"
#include "validation/training/training_bound.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

// Beyond so many events a step is simulated dozens of times as flows only.
constexpr std::uint64_t most_priced_events = 400'000;

}  // namespace

CrossCheck cross_check(const TrainingCase& subject, const Simulator& simulator, std::optional<KnownStep> known) {
  CrossCheck result{.simulated = known ? known->time : simulated_time(subject, simulator)};
  const TrainingSituation situation(subject);
  TrainingCase priced = subject;
  Seconds as_priced = result.simulated;
  if (known && known->events > most_priced_events && subject.fidelity == workloads::Fidelity::message) {
    priced.fidelity = workloads::Fidelity::flow;
    as_priced = simulated_time(priced, simulator);
    result.priced_as_flows = as_priced;
  }
  const auto simulate = [&](const TrainingCase& changed) { return simulated_time(changed, simulator); };
  FormPricing pricing(priced, situation, as_priced, simulate);
  for (const TrainingForm& form : training_forms()) {
    const auto prediction = form.predict(situation);
    if (!prediction) continue;
    FormCheck check = pricing.check(form, *prediction);
    if (!check.applies) check.granted = pricing.granted_time(form);
    // The verdict is about the step as it was asked for.
    const FormCheck asked = compare(check.form, check.prediction, result.simulated);
    check.relative_difference = asked.relative_difference;
    check.holds = asked.holds;
    result.forms.push_back(std::move(check));
  }
  for (const BoundTerm& term : training_bound(situation)) result.bound.push_back(term);
  return result;
}

}  // namespace lockstep::validation
