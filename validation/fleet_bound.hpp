#pragma once

#include "validation/closed_forms/bounds.hpp"
#include "validation/situation.hpp"

namespace lockstep::validation {

// C35 with what the fleet has: the shortest way in and out of members, all their links together, and as many messages
// at once as the plan really has. Terms that the port model does not limit are zero.
LowerBound fleet_bound(const Situation& situation);

}  // namespace lockstep::validation
