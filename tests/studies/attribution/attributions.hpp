#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sim/run_scenario.hpp"
#include "studies/attribution/attribution.hpp"

// Small perturbed scenarios, and what is asked of their attributions.
namespace lockstep::studies {

inline sim::Scenario read(const Json& document) {
  return sim::read_scenario(document, {.catalog = Catalog::bundled()});
}

// 1F1B on ideal devices: 10 ms forward, 20 ms backward, transfers for free.
inline Json pipeline(std::uint32_t stages, std::uint32_t microbatches, const Json& perturbations = Json::array()) {
  return {{"workload",
           {{"kind", "pipeline"},
            {"schedule", "1f1b"},
            {"stages", stages},
            {"microbatches", microbatches},
            {"forward", "10 ms"},
            {"backward", "20 ms"}}},
          {"perturbations", perturbations}};
}

// Two replicas of two stages of two tensor ranks.
inline Json training(const Json& perturbations, const std::string& network = "contention_free") {
  return {{"fleet",
           {{"topology", "switch"},
            {"devices", 8},
            {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}},
            {"device", {{"compute", "100 TFLOP/s"}}}}},
          {"workload",
           {{"kind", "training"},
            {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
            {"global_batch", 16},
            {"sequence_length", 256},
            {"parallel", {{"data", 2}, {"pipeline", 2}, {"tensor", 2}}}}},
          {"perturbations", perturbations},
          {"engine", {{"network", network}}},
          {"run", {{"seed", 3}}}};
}

inline Json slow_device(std::uint32_t device, double factor) {
  return {
      {"kind", "slow_devices"}, {"name", "slow " + std::to_string(device)}, {"devices", {device}}, {"factor", factor}};
}
inline const Json jitter = {{"kind", "compute_jitter"},
                            {"factor", {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.3}}}};
inline const Json bad_cable = {{"kind", "slow_links"}, {"links", {"d2"}}, {"factor", 5}};

inline double time_of(const Json& document) {
  return sim::run_scenario(read(document)).end.si();
}

inline Attribution attribution_of(const Json& document) {
  return attribute(read(document), {.at_once = 2});
}

inline const Blame& blame_of(const Attribution& attribution, SuspectKind kind, const std::string& name) {
  for (const Blame& blame : attribution.table(kind)->rows) {
    if (blame.suspect.name == name) return blame;
  }
  throw std::out_of_range("nobody is called " + name);
}

}  // namespace lockstep::studies
