#pragma once

#include <cstdint>
#include <vector>

#include "base/quantity.hpp"

namespace lockstep::sim {

// What a campaign has to know of steps and of what is saved, whoever finds it out.
class StepTimes {
 public:
  virtual ~StepTimes() = default;

  struct Steady {
    Seconds step;
    Seconds until;  // steps that are over by then take as long, too
  };
  // Of a step that begins then, while `lost` replicas are missing.
  virtual Steady at(Seconds begin, std::uint32_t lost) = 0;

  // Of saving what there is, with nothing beside it.
  virtual Seconds write() = 0;
  virtual Seconds load() = 0;

  // Steps that begin with a write beside them, until it is over.
  struct Beside {
    std::vector<Seconds> steps;  // those that begin before it is over
    Seconds write;
  };
  virtual Beside beside_write(Seconds begin, std::uint32_t lost) = 0;
};

}  // namespace lockstep::sim
