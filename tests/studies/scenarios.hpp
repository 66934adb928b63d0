#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "studies/replicas.hpp"

// Small scenarios whose draws differ from replica to replica.
namespace lockstep::testing {

inline const Json jitter = {{"kind", "compute_jitter"},
                            {"factor", {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.2}}}};

// A pipeline of four stages on a fleet of eight devices.
inline Json pipeline(const std::vector<Json>& perturbations, const std::string& network = "contention_free") {
  return {
      {"fleet", {{"topology", "switch"}, {"devices", 8}, {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}}}},
      {"workload",
       {{"kind", "pipeline"},
        {"schedule", "1f1b"},
        {"stages", 4},
        {"microbatches", 8},
        {"forward", "10 ms"},
        {"backward", "20 ms"},
        {"activation", "64 MiB"}}},
      {"perturbations", perturbations},
      {"engine", {{"network", network}}},
      {"run", {{"seed", 1}}}};
}

inline const sim::ScenarioSource& no_file() {
  static const Catalog catalog = Catalog::bundled();
  static const sim::ScenarioSource source{.catalog = catalog};
  return source;
}

inline studies::ReplicaRuns run(const Json& document, const studies::ReplicaPlan& plan) {
  return studies::run_replicas({.document = document, .source = no_file()}, plan);
}

}  // namespace lockstep::testing
