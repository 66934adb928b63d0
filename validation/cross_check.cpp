#include "validation/cross_check.hpp"

#include "validation/closed_forms/closed_form.hpp"
#include "validation/fleet_bound.hpp"
#include "validation/form_pricing.hpp"

namespace lockstep::validation {
namespace {

void add_forms(const Situation& situation, const Simulator& simulator, CrossCheck& result) {
  const auto simulate = [&](const CollectiveCase& subject) { return simulated_time(subject, simulator); };
  FormPricing pricing(situation.subject(), situation, result.simulated, simulate);
  for (const ClosedForm& form : closed_forms()) {
    if (!speaks_of(form, situation)) continue;
    if (const auto prediction = form.predict(situation)) result.forms.push_back(pricing.check(form, *prediction));
  }
}

}  // namespace

CrossCheck cross_check(const CollectiveCase& subject, const Simulator& simulator, std::optional<Seconds> known) {
  CrossCheck result{.simulated = known ? *known : simulated_time(subject, simulator)};
  const Situation situation(subject);
  add_forms(situation, simulator, result);
  const auto& workload = subject.workload;
  if (workload.is_send()) return result;
  if (!situation.traffic().has_agents()) {
    const LowerBound bound = fleet_bound(situation);
    result.bound = {{"latency", bound.latency}, {"bandwidth", bound.bandwidth}, {"reduction", bound.reduction}};
  }
  if (workload.request.bytes > Bytes(0) && result.simulated > Seconds(0)) {
    result.algorithm_bandwidth = workload.request.bytes / result.simulated;
    result.bus_bandwidth =
        *result.algorithm_bandwidth * workloads::bus_factor(workload.request.operation, situation.members());
  }
  return result;
}

}  // namespace lockstep::validation
