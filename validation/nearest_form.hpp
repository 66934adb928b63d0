#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "sim/scenario/scenario.hpp"
#include "validation/form_check.hpp"

namespace lockstep::validation {

// What a closed form says of a scenario that need not have been simulated.
struct FormAnswer {
  FormText form;
  Prediction prediction;
  std::vector<std::string> broken_assumptions = {};  // their names; none where the form applies
};

// Of the forms that give one time for the whole of it, the one of which the fewest assumptions are broken, and the
// first of several; of a training step `first_order`, which follows its events. Absent where no form speaks of the
// scenario. What disturbs the run is left out.
std::optional<FormAnswer> nearest_form(const sim::Scenario& scenario, const Catalog& catalog);

}  // namespace lockstep::validation
