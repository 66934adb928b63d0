#include "validation/form_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep::validation {
namespace {

double relative(Seconds simulated, Seconds predicted) {
  if (simulated == predicted) return 0;
  if (predicted == Seconds(0)) return std::numeric_limits<double>::infinity();
  return simulated / predicted - 1;
}

bool is_within(Seconds simulated, const FormCheck& check) {
  const Seconds slack = check.tolerance * std::max(simulated, check.prediction.time);
  if (check.form.kind == FormKind::exact) {
    return simulated <= check.prediction.time + slack && simulated >= check.prediction.time - slack;
  }
  const auto& upper = check.prediction.upper;
  return simulated >= check.prediction.time - slack && (!upper || simulated <= *upper + slack);
}

}  // namespace

FormCheck compare(const FormText& form, const Prediction& prediction, Seconds simulated) {
  FormCheck check{.form = form, .prediction = prediction};
  check.relative_difference = relative(simulated, prediction.time);
  check.holds = is_within(simulated, check);
  return check;
}

Seconds distance(Seconds simulated, const Prediction& prediction, FormKind kind) {
  if (kind == FormKind::exact || simulated < prediction.time) return simulated - prediction.time;
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
