#include "validation/training/training_cross_check.hpp"

#include "validation/form_pricing.hpp"
#include "validation/training/training_bound.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

// Beyond so many events a step is not simulated dozens of times but as flows.
constexpr std::uint64_t most_message_events = 200'000;
// Beyond so many, a matter of seconds, not at all, unless that is asked for.
constexpr std::uint64_t most_priced_events = 3'000'000;

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

// The same without any further simulation.
std::vector<FormCheck> compare_forms(const TrainingSituation& situation, const TrainingCase& subject,
                                     Seconds simulated) {
  std::vector<FormCheck> checks =
      price_forms(situation, subject, simulated, [&](const TrainingCase&) { return simulated; });
  for (FormCheck& check : checks) {
    check.granted.reset();
    for (BrokenAssumption& broken : check.broken_assumptions) {
      broken.cost = Seconds(0);
      broken.basis = BrokenAssumption::Basis::unpriced;
    }
  }
  return checks;
}

}  // namespace

CrossCheck cross_check(const TrainingCase& subject, const StepSimulator& simulator, std::optional<KnownStep> known,
                       Pricing pricing) {
  if (!known) known = simulator(std::span(&subject, 1)).front();
  CrossCheck result{.simulated = known->time};
  const TrainingSituation situation(subject);
  result.bound = training_bound(situation);
  TrainingCase priced = subject;
  KnownStep base = *known;
  if (known->events > most_message_events && subject.fidelity == workloads::Fidelity::message) {
    priced.fidelity = workloads::Fidelity::flow;
    base = simulator(std::span(&priced, 1)).front();
  }
  if (pricing == Pricing::of_short_steps && base.events > most_priced_events) {
    result.is_unpriced = true;
    result.forms = compare_forms(situation, subject, known->time);
    return result;
  }
  if (priced.fidelity != subject.fidelity) result.priced_as_flows = base.time;
  std::vector<TrainingCase> asked;
  price_forms(situation, priced, base.time, [&](const TrainingCase& changed) {
    asked.push_back(changed);
    return Seconds(0);
  });
  const std::vector<KnownStep> answers = simulator(asked);
  std::size_t next = 0;
  result.forms =
      price_forms(situation, priced, base.time, [&](const TrainingCase&) { return answers.at(next++).time; });
  for (FormCheck& check : result.forms) {
    // The verdict is about the step as it was asked for.
    const FormCheck verdict = compare(check.form, check.prediction, result.simulated);
    check.relative_difference = verdict.relative_difference;
    check.holds = verdict.holds;
  }
  return result;
}

}  // namespace lockstep::validation
