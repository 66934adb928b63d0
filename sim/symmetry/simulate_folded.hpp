#pragma once

#include "sim/symmetry/folding.hpp"

namespace lockstep::sim {

// What came of the wish to fold.
struct FoldReport {
  std::size_t actors = 0;                    // ranks and agents of all jobs; 0 where nobody looked
  std::size_t classes = 0;                   // of equal ones
  std::optional<std::string> obstacle = {};  // why the whole was simulated; absent where it was folded
};
struct FoldedTimeline {
  Timeline timeline;
  FoldReport report;
};

// As simulate() without an observer: the same timeline but for `events`, which counts what was simulated. Folds where
// that is exact and pays, else simulates the whole.
FoldedTimeline simulate_folded(const Folding::Subject& subject);

}  // namespace lockstep::sim
