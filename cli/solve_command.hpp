#pragma once

#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace lockstep::cli {

// What `lockstep solve` was asked.
struct SolveRequest {
  std::string solver;                 // empty: list them
  std::string scenario;               // empty: describe the solver
  std::vector<std::string> settings;  // of --set
};

// What it answers: for people, and the same as JSON.
struct SolveAnswer {
  std::string text;
  std::string json;
  std::vector<std::string> warnings;
};

// Evaluates an analytical solver; nothing is simulated. Throws InputError.
SolveAnswer answer_solve(const SolveRequest& request, const Catalog& catalog);

}  // namespace lockstep::cli
