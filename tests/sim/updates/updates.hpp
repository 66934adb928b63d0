#pragma once

#include <nlohmann/json.hpp>

#include "sim/run_scenario.hpp"

// Scenarios of updates, for tests.
namespace lockstep::sim {

inline Scenario read_updates(const Json& json) {
  static const Catalog catalog = Catalog::bundled();
  return read_scenario(json, {.catalog = catalog, .file = "test.json"});
}

// `workload` beside its kind; without a fleet unless `more` states one.
inline Json updates_scenario(const Json& workload, const Json& more = Json::object()) {
  Json json = {{"workload", {{"kind", "updates"}}}, {"engine", {{"network", "contention_free"}}}};
  json["workload"].update(workload);
  json.update(more, true);
  return json;
}

inline Json run_updates(const Json& workload, const Json& more = Json::object(), std::uint64_t replica = 0) {
  const Scenario scenario = read_updates(updates_scenario(workload, more));
  return results_of(scenario, run_scenario(scenario, nullptr, {.replica = replica}));
}

inline Json slow_device(int device, double factor) {
  return {{"kind", "slow_devices"}, {"devices", {device}}, {"factor", factor}};
}

}  // namespace lockstep::sim
