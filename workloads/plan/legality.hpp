#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/models/model.hpp"
#include "workloads/plan/parallel_plan.hpp"

// Can this model be trained in this way at all? The rules are Megatron-LM's (megatron/training/arguments.py,
// megatron/core/transformer/transformer_config.py), as far as they do not come from its kernels.
namespace lockstep::workloads {

// What the plan is for.
struct PlanDuty {
  const Model& model;
  std::uint64_t global_batch = 1;     // sequences a step
  std::uint64_t microbatch = 1;       // sequences that pass at once
  std::uint64_t sequence_length = 1;  // tokens
  std::optional<std::uint64_t> devices = {};
  std::uint32_t spare_replicas = 0;  // whose sequences come on top of the global batch
};

struct PlanProblem {
  std::string field;  // of "parallel", or of the workload (global_batch, sequence_length, virtual_stages); empty where
                      // several share the blame
  std::string problem;
  std::string suggestion = {};
};

// Everything that is wrong; empty for a legal plan. A search asks this of thousands of plans.
std::vector<PlanProblem> problems_of(const ParallelPlan& plan, const PlanDuty& duty);

// Throws InputError for the first problem. `workload` is the object that has the field "parallel".
void check_plan(const ParallelPlan& plan, const PlanDuty& duty, const JsonFields& workload);

// Microbatches that each replica works through in a step. Requires a legal plan.
std::uint64_t microbatches_of(const ParallelPlan& plan, const PlanDuty& duty);

}  // namespace lockstep::workloads
