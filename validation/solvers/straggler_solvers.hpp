#pragma once

#include "validation/solvers/solver.hpp"

// Workers of which some are slow, and nodes of which some fail: forms S, R05 and Z05.
namespace lockstep::validation {

extern const Solver order_statistics;
extern const Solver stragglers;
extern const Solver spares;

}  // namespace lockstep::validation
