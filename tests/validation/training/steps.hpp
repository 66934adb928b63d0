#pragma once

#include <string>

#include "tests/validation/cases.hpp"
#include "topology/fleet_builder.hpp"
#include "validation/training/training_cross_check.hpp"
#include "validation/training/training_form.hpp"
#include "workloads/schedules/schedules.hpp"

// Training steps that tests make up.
namespace lockstep::validation {

// Devices under one switch. Without a memory bandwidth flops are all that counts.
inline topology::Fleet star_of(std::uint32_t devices, std::optional<Bandwidth> memory = {}) {
  topology::FleetBuilder builder("star");
  const auto model =
      builder.add_device_model({.name = "device", .compute = FlopRate(1e14), .memory_bandwidth = memory});
  const auto hub = builder.add_switch("hub");
  for (std::uint32_t device = 0; device < devices; ++device) {
    const auto end = builder.add_device("d" + std::to_string(device), model);
    builder.add_cable(end, hub, {.bandwidth = Bandwidth(5e10), .latency = Seconds(1e-6)});
  }
  return builder.build();
}

// Nodes of four devices, joined by links that are faster than those between nodes.
inline topology::Fleet nodes_of(std::uint32_t nodes) {
  topology::FleetBuilder builder("nodes");
  const auto model =
      builder.add_device_model({.name = "device", .compute = FlopRate(1e14), .memory_bandwidth = Bandwidth(2e12)});
  const auto spine = builder.add_switch("spine", 2);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    const auto inside = builder.add_switch("n" + std::to_string(node) + ".switch", 1, {.node = node});
    builder.add_cable(inside, spine, {.bandwidth = Bandwidth(2e10), .latency = Seconds(3e-6)});
    for (std::uint32_t device = 0; device < 4; ++device) {
      const auto end =
          builder.add_device("n" + std::to_string(node) + ".d" + std::to_string(device), model, {.node = node});
      builder.add_cable(end, inside, {.bandwidth = Bandwidth(2e11), .latency = Seconds(5e-7)});
    }
  }
  return builder.build();
}

// A small model of equal layers.
inline workloads::TransformerModel small_model(std::uint64_t layers) {
  workloads::TransformerModel model;
  model.name = "small";
  model.hidden = 512;
  model.layers.assign(layers, workloads::LayerKind::dense);
  model.attention = {.heads = 8, .kv_heads = 8, .head_dim = 64};
  model.mlp = {.width = 2048};
  model.vocabulary = 4096;
  return model;
}

// The step of `spec` on all of the fleet, with its schedule from the catalogue.
inline TrainingCase step_of(const topology::Fleet& fleet, workloads::TrainingSpec spec) {
  TrainingCase made{.fleet = &fleet, .members = {}, .spec = std::move(spec), .schedule = {}};
  const auto devices = fleet.devices();
  const workloads::ParallelPlan& plan = made.spec.execution.plan;
  made.members.assign(devices.begin(), devices.begin() + static_cast<std::ptrdiff_t>(plan.ranks()));
  const workloads::ScheduleShape shape{.stages = plan.pipeline,
                                       .microbatches = static_cast<std::uint32_t>(made.spec.microbatches()),
                                       .virtual_stages = plan.virtual_stages};
  made.schedule = std::make_shared<const workloads::Schedule>(workloads::make_schedule(made.spec.schedule, shape));
  made.engine.network = "contention_free";
  return made;
}

}  // namespace lockstep::validation
