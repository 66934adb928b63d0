#pragma once

#include <iosfwd>

#include "sim/scenario/scenario.hpp"
#include "studies/replicas.hpp"

namespace lockstep::cli {

// What is printed of replicas: how many there were, and a line for each headline that is not always 0.
void print_replicas(const sim::Scenario& scenario, const studies::ReplicaRuns& runs, std::ostream& out);

}  // namespace lockstep::cli
