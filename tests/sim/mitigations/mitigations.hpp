#pragma once

#include <nlohmann/json.hpp>

#include "sim/run_scenario.hpp"

// Steps of data-parallel training with and without mitigations.
namespace lockstep::sim {

inline Json training_job(std::uint32_t replicas, std::uint32_t microbatches, const Json& more = Json::object()) {
  Json job = {{"kind", "training"},
              {"model", {{"layers", 2}, {"hidden_dim", 256}, {"heads", 4}, {"ffn", 1024}, {"vocab", 500}}},
              {"global_batch", replicas * microbatches},
              {"sequence_length", 256},
              {"gradient_norm", false},
              {"parallel", {{"data", replicas}}}};
  job.update(more);
  return job;
}

inline Json scenario_of(const Json& job, std::uint32_t devices, const Json& more = Json::object()) {
  Json scenario = {{"fleet",
                    {{"topology", "switch"},
                     {"devices", devices},
                     {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2 us"}}},
                     {"device", {{"compute", "100 TFLOP/s"}}}}},
                   {"workload", job},
                   {"engine", {{"network", "contention_free"}}},
                   {"run", {{"seed", 5}}}};
  scenario.update(more);
  return scenario;
}

inline Json slow(const Json& devices, double factor) {
  return {{"kind", "slow_devices"}, {"devices", devices}, {"factor", factor}};
}

inline Json results_of(const Json& scenario, std::uint64_t replica = 0) {
  const Scenario read = read_scenario(scenario, {.catalog = Catalog::bundled()});
  return results_of(read, run_whole(read, nullptr, {.replica = replica}));
}

}  // namespace lockstep::sim
