#pragma once

#include "validation/collective_case.hpp"
#include "validation/form_check.hpp"

// A simulation beside every closed form that speaks of the same quantity.
namespace lockstep::validation {

// Runs the case, unless its time is known, and once more for every assumption that is broken. Throws what the simulator
// throws.
CrossCheck cross_check(const CollectiveCase& subject, const Simulator& simulator, std::optional<Seconds> known = {});

}  // namespace lockstep::validation
