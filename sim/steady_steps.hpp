#pragma once

#include <vector>

#include "sim/perturbations/conditions.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// The steps of a run, of which only those are simulated that can differ. From the step on in which nothing changes and
// nothing is drawn any more, each goes just like the one before: it begins when all of that one has ended, so that it
// finds the same devices and links, and all of them idle.
class SteadySteps {
 public:
  // `watcher` wants to be told of every step, and may be null; so may `conditions`.
  SteadySteps(const Scenario& scenario, const Conditions* conditions, const Observer* watcher);

  // What is to be simulated.
  std::vector<Job> jobs() const;
  // Makes what came of it the timeline of all steps, with one job for each workload.
  void complete(Timeline& timeline) const;

 private:
  void repeat_last(JobTimeline& job) const;

  std::vector<Job> first_;   // step
  std::uint64_t steps_ = 1;  // of the run
  std::uint64_t given_ = 1;  // of them are given to the simulation, which leaves out what repeats
  bool may_repeat_ = false;
};

}  // namespace lockstep::sim
