#pragma once

#include <optional>
#include <vector>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// A balanced split that cuts no more than the given one, found by swapping devices between the halves (Kernighan and
// Lin 1970). Absent for fleets with switches that have no devices of their own, where a cut is not told by its devices,
// and for fleets too large to try swaps on.
std::optional<std::vector<bool>> refined_split(const Fleet& fleet, const std::vector<bool>& in_first_half);

}  // namespace lockstep::topology
