#include "validation/training/training_cross_check.hpp"

#include "validation/form_pricing.hpp"
#include "validation/training/training_bound.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

// Beyond so many events a step is not simulated dozens of times but as flows.
constexpr std::uint64_t most_priced_events = 200'000;

// Every form with what its broken assumptions cost; which simulations that takes, and in which order, does not depend
// on what they tell.
template <class Simulate>
std::vector<FormCheck> price_forms(const TrainingSituation& situation, const TrainingCase& priced, Seconds simulated,
                                   Simulate simulate) {
  std::vector<FormCheck> checks;
  FormPricing pricing(priced, situation, simulated, simulate);
  for (const TrainingForm& form : training_forms()) {
    const auto prediction = form.predict(situation);
    if (!prediction) continue;
    FormCheck check = pricing.check(form, *prediction);
    if (!check.applies) check.granted = pricing.granted_time(form);
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace

CrossCheck cross_check(const TrainingCase& subject, const StepSimulator& simulator, std::optional<KnownStep> known) {
  CrossCheck result{.simulated = known ? known->time : simulator(std::span(&subject, 1)).front()};
  TrainingCase priced = subject;
  if (known && known->events > most_priced_events && subject.fidelity == workloads::Fidelity::message) {
    priced.fidelity = workloads::Fidelity::flow;
    result.priced_as_flows = simulator(std::span(&priced, 1)).front();
  }
  const Seconds simulated = result.priced_as_flows.value_or(result.simulated);
  const TrainingSituation situation(subject);
  std::vector<TrainingCase> asked;
  price_forms(situation, priced, simulated, [&](const TrainingCase& changed) {
    asked.push_back(changed);
    return Seconds(0);
  });
  const std::vector<Seconds> times = simulator(asked);
  std::size_t next = 0;
  result.forms = price_forms(situation, priced, simulated, [&](const TrainingCase&) { return times.at(next++); });
  for (FormCheck& check : result.forms) {
    // The verdict is about the step as it was asked for.
    const FormCheck verdict = compare(check.form, check.prediction, result.simulated);
    check.relative_difference = verdict.relative_difference;
    check.holds = verdict.holds;
  }
  result.bound = training_bound(situation);
  return result;
}

}  // namespace lockstep::validation
