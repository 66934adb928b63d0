#pragma once

#include <memory>

#include "sim/mitigations/mitigations.hpp"
#include "sim/mitigations/step_simulations.hpp"
#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// The workload with other numbers of microbatches: those that the rule states, or else those with which a step is
// shortest under what lasts of the conditions, which may be null.
std::unique_ptr<Workload> rebalanced(const Rebalance& rule, Workload& workload, const StepSimulations& simulations,
                                     const Conditions* conditions);

}  // namespace lockstep::sim
