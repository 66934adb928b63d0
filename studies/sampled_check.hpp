#pragma once

#include <optional>

#include "studies/replicas.hpp"
#include "validation/form_check.hpp"

// Means over replicas beside the closed forms of expectations.
namespace lockstep::studies {

// Whether what varies between the replicas of a scenario is what closed forms speak of: the time of a campaign, of an
// update of the weights, or of a step of replicas that compute and exchange.
bool is_sampled(const sim::Scenario& scenario);

struct SampledCheck {
  ReplicaRuns runs;
  validation::CrossCheck checked;  // whose time is the mean
};

// Runs the replicas, and holds their mean against every form that speaks of it by the rule of four standard errors.
// Requires is_sampled(). The process must not have simulated on `fluid` itself.
SampledCheck check_sample(const ScenarioText& scenario, const sim::Scenario& read, unsigned jobs);

}  // namespace lockstep::studies
