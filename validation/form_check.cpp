#include "validation/form_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contract.hpp"

namespace lockstep::validation {
namespace {

double relative(Seconds simulated, Seconds predicted) {
  if (simulated == predicted) return 0;
  if (predicted == Seconds(0)) return std::numeric_limits<double>::infinity();
  return simulated / predicted - 1;
}

bool is_within(Seconds simulated, const FormCheck& check, Seconds slack) {
  if (check.form.kind != FormKind::bound) {
    return simulated <= check.prediction.time + slack && simulated >= check.prediction.time - slack;
  }
  const auto& upper = check.prediction.upper;
  return simulated >= check.prediction.time - slack && (!upper || simulated <= *upper + slack);
}

}  // namespace

FormCheck compare(const FormText& form, const Prediction& prediction, Seconds simulated) {
  FormCheck check{.form = form, .prediction = prediction};
  check.relative_difference = relative(simulated, prediction.time);
  check.holds = is_within(simulated, check, check.tolerance * std::max(simulated, prediction.time));
  return check;
}

Seconds SampledMean::standard_error() const {
  return stddev / std::sqrt(static_cast<double>(count));
}

FormCheck compare_sampled(const FormText& form, const Prediction& prediction, const SampledMean& sample) {
  LOCKSTEP_REQUIRE(sample.count > 0);
  constexpr double sigmas = 4;
  FormCheck check{.form = form, .prediction = prediction, .sampled = sample};
  check.relative_difference = relative(sample.mean, prediction.time);
  // Samples that do not differ at all are a single run, with its rounding.
  const Seconds rounding = exact_tolerance * std::max(sample.mean, prediction.time);
  const Seconds slack = std::max(sigmas * sample.standard_error(), rounding);
  check.tolerance = prediction.time > Seconds(0) ? slack / prediction.time : 0;
  check.holds = is_within(sample.mean, check, slack);
  return check;
}

Seconds distance(Seconds simulated, const Prediction& prediction, FormKind kind) {
  if (kind != FormKind::bound || simulated < prediction.time) return simulated - prediction.time;
  if (prediction.upper && simulated > *prediction.upper) return simulated - *prediction.upper;
  return Seconds(0);
}

Seconds without_rounding(Seconds cost, Seconds simulated) {
  constexpr double rounding = 1e-12;  // of thousands of additions in a row
  return std::abs(cost.si()) <= rounding * simulated.si() ? Seconds(0) : cost;
}

Seconds CrossCheck::most_bound() const {
  Seconds most;
  for (const BoundTerm& term : bound) most = std::max(most, term.time);
  return most;
}

void CrossCheck::disturb(Seconds disturbed) {
  const Seconds cost = without_rounding(disturbed - simulated, disturbed);
  for (FormCheck& check : forms) {
    FormCheck again = compare(check.form, check.prediction, disturbed);
    again.broken_assumptions = std::move(check.broken_assumptions);
    again.broken_assumptions.push_back({.assumption = "undisturbed",
                                        .explanation = "perturbations change how fast devices or links are",
                                        .cost = cost});
    check = std::move(again);
  }
  for (auto* bandwidth : {&algorithm_bandwidth, &bus_bandwidth}) {
    if (*bandwidth) *bandwidth = **bandwidth * (simulated / disturbed);
  }
  simulated = disturbed;
}

bool CrossCheck::agrees() const {
  return std::all_of(forms.begin(), forms.end(), [](const FormCheck& check) { return check.holds || !check.applies; });
}

}  // namespace lockstep::validation
