#pragma once

#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace lockstep::cli {

// What `lockstep check` was asked.
struct CheckRequest {
  std::vector<std::string> scenarios;
  std::vector<std::string> settings;  // of --set
  bool all_prices = false;            // of training steps whose simulation is long, too
};

// What it answers: for people, and the same as JSON.
struct CheckAnswer {
  std::string text;
  std::string json;  // the results of one scenario with its closed forms, or {"checks": […]} of several
  std::vector<std::string> warnings;
  std::vector<std::string> refusals;  // why the answer is no, whatever the forms say
  bool agrees = true;                 // no closed form that applies is off
};

// Simulates the scenarios and evaluates every closed form that speaks of them. Throws InputError and SimulationError.
CheckAnswer answer_check(const CheckRequest& request, const Catalog& catalog);

}  // namespace lockstep::cli
