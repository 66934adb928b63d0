#pragma once

#include "base/quantity.hpp"

namespace lockstep::validation {

// Both ends of what a time may be, where no equality is known.
struct Bracket {
  Seconds lower;
  Seconds upper;
};

}  // namespace lockstep::validation
