#pragma once

#include <optional>
#include <string>

#include "base/distribution.hpp"
#include "base/quantity.hpp"

namespace lockstep::sim {

// What fails at once. A job stops when anything fails that it uses.
enum class FailureScope : std::uint8_t { device, node, rack, job };
const char* to_text(FailureScope scope);

// One reason for which a training run stops, and what it takes to get it running again.
struct FailureCause {
  std::string name;
  FailureScope scope = FailureScope::job;
  Distribution lifetime = Distribution::constant(0);  // of each unit of the scope, from when it begins to work
  bool ages_idle = false;                   // lifetimes go on while the job stands still; else only while it runs
  Seconds notice = {};                      // how long before the job is stopped it hears of it
  bool is_outage = false;                   // of all the job at once: no spare node helps
  bool takes_nodes = false;                 // the nodes concerned are gone: until repaired, or for good
  std::optional<Distribution> repair = {};  // how long until they are back, or the job may start again
  Distribution detect = Distribution::constant(0);
  Distribution restart = Distribution::constant(0);
  Distribution rewarm = Distribution::constant(0);  // until steps are as fast as before
  bool restart_can_fail = true;                     // whether the next failure may come before the job runs again
};

}  // namespace lockstep::sim
