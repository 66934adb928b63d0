#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/named_table.hpp"
#include "validation/solvers/solver.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation {

// Every analytical solver, by name.
std::span<const NamedEntry<const Solver*>> solvers();

// A solver's answer: {"solver", "inputs", "outputs"}, outputs as SI numbers, and what a person should be warned of.
struct SolverAnswer {
  std::shared_ptr<const Json> json;
  std::vector<std::string> warnings;
};

// Throws InputError for an unknown solver, for missing, unknown and wrong inputs, and for cases that have no answer.
SolverAnswer solve(const std::string& solver, const Json& scenario, const SolverSource& source);

}  // namespace lockstep::validation
