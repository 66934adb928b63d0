#pragma once

#include "sim/scenario/scenario.hpp"

namespace lockstep::sim {

// Simulates all workloads of a scenario at once. `observer` may be null; the workloads' own observers are told too.
Timeline run_scenario(const Scenario& scenario, Observer* observer = nullptr);

// What came out, under the names of the public results: everything that does not depend on the machine it ran on.
Json results_of(const Scenario& scenario, const Timeline& timeline);

}  // namespace lockstep::sim
