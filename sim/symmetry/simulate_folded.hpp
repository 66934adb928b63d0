#pragma once

#include <functional>

#include "sim/symmetry/folding.hpp"

namespace lockstep::sim {

// Who is told of a run.
struct Listening {
  // Whoever it is, given the jobs that are simulated, whose ranks may stand for several (StepProgram::role). May be
  // null, and answer null.
  std::function<Observer*(std::span<const Job> jobs)> listener = {};
  // Hears of every rank, so that none may stand for others.
  bool to_every_rank = false;
};

// As simulate(), and to the same end: folds where that is wanted, exact, and pays, else simulates the whole. The
// timeline says what came of that.
Timeline simulate_folded(const Folding::Subject& subject, const Listening& listening = {});

}  // namespace lockstep::sim
