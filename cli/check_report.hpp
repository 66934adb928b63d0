#pragma once

#include <string>

#include "base/json_fields.hpp"
#include "sim/scenario/scenario.hpp"
#include "validation/cross_check.hpp"

namespace lockstep::cli {

// Adds the closed forms and the lower bound to the results of a run, under the names of the public results.
void add_closed_forms(const validation::CrossCheck& checked, Json& results);

// The same for people: the run, the forms, and below them the assumptions that are broken, with their price.
std::string check_text(const sim::Scenario& scenario, const validation::CollectiveCase& subject,
                       const validation::CrossCheck& checked);
// Of a scenario that no closed form speaks of.
std::string unchecked_text(const sim::Scenario& scenario, const Json& results);

}  // namespace lockstep::cli
