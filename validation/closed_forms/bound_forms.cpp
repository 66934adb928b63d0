// The line of the table for what no algorithm beats.
#include "validation/closed_forms/assumptions.hpp"
#include "validation/fleet_bound.hpp"

namespace lockstep::validation {
namespace {

using enum PortModel;

std::optional<Prediction> least_time(const Situation& at) {
  return Prediction{fleet_bound(at).most()};
}

}  // namespace

std::vector<ClosedForm> bound_forms() {
  return {
      {.id = "C35",
       .title = "lower bound",
       .formula = "all-reduce: max(⌈lg p⌉α, 2(p-1)/p nβ, (p-1)/p nγ) ≤ T; shares: (p-1)/p nβ; broadcast: nβ; "
                  "all_to_all_v: max(α, bytes of the busiest member · β)",
       .source = "Chan et al. 2007; Patarasuk and Yuan 2009",
       .kind = ClosedForm::Kind::bound,
       .operations = {},
       .algorithms = {},
       .port_models = {blocking, hiding_latency, fluid, contention_free, loggp},
       .assumptions = {&no_in_network_reduction, &every_message},
       .predict = least_time},
  };
}

}  // namespace lockstep::validation
