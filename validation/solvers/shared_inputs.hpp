#pragma once

#include "validation/solvers/solver.hpp"

// Inputs that several solvers take in the same way.
namespace lockstep::validation {

constexpr SolverInput model_input{.name = "model",
                                  .kind = InputKind::model,
                                  .otherwise = "",
                                  .meaning = "the model",
                                  .in_scenario = "workload.model"};
constexpr SolverInput hardware_input{.name = "hardware",
                                     .kind = InputKind::hardware,
                                     .otherwise = "",
                                     .meaning = "the device",
                                     .in_scenario = "fleet.device"};
constexpr SolverInput cluster_input{
    .name = "cluster", .kind = InputKind::fleet, .otherwise = "", .meaning = "the fleet", .in_scenario = "fleet"};
constexpr SolverInput precision_input{.name = "precision",
                                      .kind = InputKind::choice,
                                      .otherwise = "fp16",
                                      .meaning = "of every number",
                                      .choices = "fp32|tf32|fp16|bf16|fp8|int8|int4",
                                      .in_scenario = "workload.precision"};
constexpr SolverInput efficiency_input{.name = "efficiency",
                                       .kind = InputKind::number,
                                       .otherwise = "0.5",
                                       .meaning = "share of the peak that compute reaches",
                                       .in_scenario = "workload.compute.efficiency.default|workload.compute.efficiency",
                                       .least = 1e-9,
                                       .most = 1};
constexpr SolverInput seq_len_input{.name = "seq_len",
                                    .kind = InputKind::count,
                                    .otherwise = "2048",
                                    .meaning = "tokens of a sequence",
                                    .in_scenario = "workload.sequence_length",
                                    .least = 1};
// As the original has it, or with its known mistakes mended.
constexpr SolverInput convention_input{.name = "convention",
                                       .kind = InputKind::choice,
                                       .otherwise = "mlsysim",
                                       .meaning = "mlsysim: as it is; corrected: with its known mistakes mended",
                                       .choices = "mlsysim|corrected"};

// A whole number of at least 1, 1 unless stated.
constexpr SolverInput degree_input(std::string_view name, std::string_view meaning, std::string_view in_scenario = {}) {
  return {.name = name,
          .kind = InputKind::count,
          .otherwise = "1",
          .meaning = meaning,
          .in_scenario = in_scenario,
          .least = 1};
}

}  // namespace lockstep::validation
