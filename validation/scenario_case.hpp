#pragma once

#include <optional>

#include "sim/scenario/scenario.hpp"
#include "validation/collective_case.hpp"

namespace lockstep::validation {

// The collective of a scenario that has one and nothing beside it, with the algorithm that "auto" chose; absent
// otherwise.
std::optional<CollectiveCase> collective_case_of(const sim::Scenario& scenario);

}  // namespace lockstep::validation
