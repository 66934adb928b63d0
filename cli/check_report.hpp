#pragma once

#include <string>

#include "base/json_fields.hpp"
#include "sim/scenario/scenario.hpp"
#include "validation/form_check.hpp"

namespace lockstep::cli {

// Adds the closed forms and the lower bound to the results of a run, under the names of the public results.
void add_closed_forms(const validation::CrossCheck& checked, Json& results);

// The same for people: what ran, in `lines` of name and value, the forms, and below them the assumptions that are
// broken, with their price.
using NamedLines = std::vector<std::pair<std::string, std::string>>;
std::string check_text(const sim::Scenario& scenario, const NamedLines& lines, const validation::CrossCheck& checked);
// What a collective's algorithm does beside its name.
std::string algorithm_text(const workloads::CollectiveRequest& request);
// Of a scenario that no closed form speaks of.
std::string unchecked_text(const sim::Scenario& scenario, const Json& results);

}  // namespace lockstep::cli
