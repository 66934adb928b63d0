#pragma once

#include "sim/timeline.hpp"

namespace lockstep::sim {

// Makes the jobs of a timeline, which are steps of so many workloads, one step of each after the other, into one job of
// each workload.
void join_steps(std::size_t workloads, Timeline& timeline);

}  // namespace lockstep::sim
