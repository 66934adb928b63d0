#pragma once

#include "validation/form_check.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// A training step that was simulated.
struct KnownStep {
  Seconds time;
  std::uint64_t events = 0;  // of its simulation
};

// Runs the step, unless it is known, and once more for every assumption that is broken. Steps whose simulation is long
// are priced with their collectives as flows. Throws what the simulator throws.
CrossCheck cross_check(const TrainingCase& subject, const Simulator& simulator, std::optional<KnownStep> known = {});

}  // namespace lockstep::validation
