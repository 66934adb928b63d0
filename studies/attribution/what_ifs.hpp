#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "studies/attribution/retiming.hpp"

namespace lockstep::studies {

// A run of a scenario as it could have been.
struct WhatIf {
  sim::Healing healed = {};
  // Computations take what it says instead of what devices make of them.
  std::shared_ptr<const Retiming> retimed = {};
};

// Simulates a scenario as it could have been, each time in a process of its own, and no healing twice. The scenario
// must not have been simulated in this process, and has to outlive this.
class WhatIfs {
 public:
  // At most `at_once` of them at a time.
  WhatIfs(const sim::Scenario& scenario, unsigned at_once);

  // The mean time of a step in each of the runs.
  std::vector<Seconds> step_times(std::span<const WhatIf> what_ifs);
  Seconds step_time(const WhatIf& what_if) { return step_times({&what_if, 1}).front(); }
  const sim::Scenario& scenario() const { return *scenario_; }
  // How many runs there were.
  std::size_t simulated() const { return simulated_; }

 private:
  const sim::Scenario* scenario_;
  unsigned at_once_;
  std::size_t simulated_ = 0;
  std::map<std::string, Seconds> known_;  // by what is healed
};

// Runs the scenario, here and now. `observer` may be null, and hears of jobs as simulate() numbers them.
Seconds simulate_what_if(const sim::Scenario& scenario, const WhatIf& what_if, sim::Observer* observer = nullptr);

}  // namespace lockstep::studies
