#pragma once

#include "validation/lasting_slowness.hpp"
#include "validation/statistics/straggler_situation.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// What an undisturbed step took, and what of it devices computed.
struct StepShares {
  Seconds step;
  Seconds compute;
};

// A synchronous training step some of whose devices are slow for ever, as S12 sees it: all go at the pace of the
// slowest. Nothing where no device is.
std::optional<StragglerSituation> persistent_situation(const TrainingCase& subject, const sim::Scenario& scenario,
                                                       const StepShares& undisturbed);

}  // namespace lockstep::validation
