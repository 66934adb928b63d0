#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/campaign/scenario_campaign.hpp"

// The same campaign under several rules for its checkpoints.
namespace lockstep::studies {

// What one replica gave under one of them.
struct IntervalRun {
  bool is_finished = true;
  std::string reason;          // why it is not
  double goodput = 0;          // of one that never gets to its end: 0
  double between_saves_s = 0;  // work, on average
  double checkpoint = 0;       // shares of all its time
  double lost = 0;
  double recovery = 0;  // from a failure until steps are as fast as before
};

struct IntervalPlan {
  std::uint32_t replicas = 1;
  unsigned jobs = 1;  // processes at once
  // Is told, when the first are done, how many replicas are left and what each took; may be null.
  std::function<void(std::uint32_t, Seconds)> say = {};
};

// Rules by replicas by rules: every replica meets its failures at the same times of its job under each rule. `common`
// is what is known of steps that nothing disturbs. The answer does not depend on `jobs`.
std::vector<std::vector<IntervalRun>> run_intervals(const sim::Scenario& scenario,
                                                    std::span<const sim::CheckpointRule> rules,
                                                    const IntervalPlan& plan, sim::SimulatedSteps& common);

}  // namespace lockstep::studies
