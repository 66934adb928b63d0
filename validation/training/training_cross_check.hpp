#pragma once

#include <functional>
#include <span>
#include <vector>

#include "validation/form_check.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// A training step that was simulated.
struct KnownStep {
  Seconds time;
  std::uint64_t events = 0;  // of its simulation
};

// Simulates many steps, which are independent of each other.
using StepSimulator = std::function<std::vector<KnownStep>(std::span<const TrainingCase>)>;

// Which steps are priced: those whose simulation is short enough to be repeated dozens of times, or all.
enum class Pricing : std::uint8_t { of_short_steps, always };

// Runs the step, unless it is known, and once more for every assumption that is broken, and for all that a form makes
// at once. Where that would be long it prices flows in place of messages, or nothing. Throws what the simulator throws.
CrossCheck cross_check(const TrainingCase& subject, const StepSimulator& simulator, std::optional<KnownStep> known = {},
                       Pricing pricing = Pricing::of_short_steps);

}  // namespace lockstep::validation
