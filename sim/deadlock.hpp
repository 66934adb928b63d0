#pragma once

#include "base/error.hpp"

namespace lockstep::sim {

// Some ranks wait for what never comes, at whatever time.
class Deadlock : public SimulationError {
 public:
  using SimulationError::SimulationError;
};

}  // namespace lockstep::sim
