#pragma once

#include <functional>
#include <span>
#include <vector>

#include "validation/form_check.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// Tells how long each of many steps takes; they are independent of each other.
using StepSimulator = std::function<std::vector<Seconds>(std::span<const TrainingCase>)>;

// A training step that was simulated.
struct KnownStep {
  Seconds time;
  std::uint64_t events = 0;  // of its simulation
};

// Runs the step, unless it is known, and once more for every assumption that is broken, and for all that a form makes
// at once. Steps whose simulation is long are priced with their collectives as flows. Throws what the simulator throws.
CrossCheck cross_check(const TrainingCase& subject, const StepSimulator& simulator,
                       std::optional<KnownStep> known = {});

}  // namespace lockstep::validation
