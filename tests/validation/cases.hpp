#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/isolated_simulation.hpp"
#include "tests/topology/fleets.hpp"
#include "validation/cross_check.hpp"

// Collectives on fleets, for tests.
namespace lockstep::validation {

// All of the fleet's devices take part.
inline CollectiveCase case_on(topology::Fleet fleet, workloads::Operation operation, const std::string& algorithm,
                              double bytes, const std::string& network = "fluid") {
  CollectiveCase made{.fleet = std::move(fleet), .members = {}, .workload = {}};
  made.members.assign(made.fleet.devices().begin(), made.fleet.devices().end());
  made.workload.request.operation = operation;
  made.workload.request.algorithm = algorithm;
  made.workload.request.bytes = Bytes(bytes);
  for (std::uint32_t rank = 0; rank < made.members.size(); ++rank) made.workload.ranks.push_back(rank);
  made.engine.network = network;
  return made;
}

// Only these devices, in this order.
inline void keep_members(CollectiveCase& subject, const std::vector<std::uint32_t>& devices) {
  subject.members.clear();
  subject.workload.ranks = devices;
  for (const std::uint32_t device : devices) subject.members.push_back(subject.fleet.devices()[device]);
}

// SimGrid serves one simulation a process.
inline sim::Timeline run(const topology::Fleet& fleet, std::span<const sim::Job> jobs,
                         const sim::EngineOptions& options) {
  if (options.network == "fluid") return sim::simulate_isolated(fleet, jobs, options);
  return sim::simulate(fleet, jobs, options);
}

inline const FormCheck* find_form(const CrossCheck& checked, const std::string& id) {
  for (const FormCheck& check : checked.forms) {
    if (check.form.id == id) return &check;
  }
  return nullptr;
}

inline std::vector<std::string> broken_names(const FormCheck& check) {
  std::vector<std::string> names;
  names.reserve(check.broken_assumptions.size());
  for (const BrokenAssumption& broken : check.broken_assumptions) names.push_back(broken.assumption);
  return names;
}

}  // namespace lockstep::validation
