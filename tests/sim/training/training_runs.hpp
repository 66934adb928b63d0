#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/catalog.hpp"
#include "base/json_fields.hpp"
#include "sim/simulate.hpp"
#include "topology/fleet_spec.hpp"
#include "workloads/schedules/schedules.hpp"
#include "workloads/training/training_program.hpp"

// Training steps from a few lines of JSON, for tests.
namespace lockstep::sim {

inline const Catalog& bundled_catalog() {
  static const Catalog catalog = Catalog::bundled();
  return catalog;
}

// Devices of 100 TFLOP/s under one switch: 50 GB/s and 1 us a link. Without a memory bandwidth, memory costs nothing.
inline topology::Fleet switch_of(std::uint32_t devices, const Json& device = {{"compute", "100 TFLOP/s"}}) {
  const Json spec = {{"topology", "switch"},
                     {"devices", devices},
                     {"link", {{"bandwidth", "50 GB/s"}, {"latency", "1 us"}}},
                     {"device", device}};
  return topology::read_fleet(JsonFields(spec, "test", "fleet"), {.catalog = bundled_catalog()});
}

inline workloads::TrainingSpec training_spec(const Json& workload) {
  const JsonFields fields(workload, "test", "workload");
  return workloads::read_training_spec(fields, {.catalog = bundled_catalog()});
}

// A small transformer: `layers` of 64 channels, 8 heads, an MLP of 256.
inline Json small_model(int layers) {
  return {{"layers", layers}, {"hidden_dim", 64}, {"heads", 8}, {"ffn", 256}, {"vocab", 512}};
}

struct TrainingRun {
  std::shared_ptr<const workloads::TrainingProgram> program;
  Timeline timeline;
};

inline std::shared_ptr<const workloads::TrainingProgram> training_program(
    const topology::Fleet& fleet, const workloads::TrainingSpec& spec,
    const workloads::CostsOfRank& costs = workloads::costs_of,
    workloads::Fidelity fidelity = workloads::Fidelity::message) {
  const workloads::ParallelPlan& plan = spec.execution.plan;
  std::shared_ptr<const workloads::Schedule> schedule = std::make_shared<const workloads::Schedule>(
      workloads::make_schedule(spec.schedule, {.stages = plan.pipeline,
                                               .microbatches = static_cast<std::uint32_t>(spec.microbatches()),
                                               .virtual_stages = plan.virtual_stages}));
  const auto devices = fleet.devices().first(plan.ranks());
  return std::make_shared<const workloads::TrainingProgram>(
      spec, std::vector{std::move(schedule)},
      workloads::TrainingGround{.fleet = &fleet, .devices = {devices.begin(), devices.end()}, .fidelity = fidelity},
      costs);
}

inline TrainingRun run_training(const topology::Fleet& fleet, const workloads::TrainingSpec& spec,
                                const EngineOptions& engine = {.network = "contention_free"},
                                Observer* observer = nullptr) {
  TrainingRun run{.program = training_program(fleet, spec), .timeline = {}};
  const Job job{.program = run.program, .placement = run.program->ground().devices};
  run.timeline = simulate(fleet, std::span(&job, 1), engine, observer);
  return run;
}

}  // namespace lockstep::sim
