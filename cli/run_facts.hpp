#pragma once

#include <chrono>

#include "base/json_text.hpp"

namespace lockstep::cli {

// Adds to results what only this run knows: the program's version, the time it took, and its peak memory.
class RunFacts {
 public:
  Json added_to(Json results) const;

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace lockstep::cli
