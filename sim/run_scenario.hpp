#pragma once

#include "sim/scenario/scenario.hpp"

namespace lockstep::sim {

// Simulates all workloads of a scenario at once, all steps of each, which its part of the timeline stands for.
// `observer` may be null, and is told of workloads instead of jobs; the workloads' own observers are told too.
Timeline run_scenario(const Scenario& scenario, Observer* observer = nullptr, const RunChoice& choice = {});

// What came out, under the names of the public results: everything that does not depend on the machine it ran on.
Json results_of(const Scenario& scenario, const Timeline& timeline);

}  // namespace lockstep::sim
