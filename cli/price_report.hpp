#pragma once

#include <iosfwd>

#include "validation/form_check.hpp"

namespace lockstep::cli {

// One account for every form that does not apply: what each broken assumption costs, the dearest first, what all of
// them cost at once, and what no simulation explains.
void print_prices(const validation::CrossCheck& checked, std::ostream& out);

// What is far below the tolerance of all forms is told as nothing.
bool is_nothing(Seconds cost, Seconds simulated);

}  // namespace lockstep::cli
