#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/costs/efficiency.hpp"
#include "workloads/costs/model_flops.hpp"
#include "workloads/memory/stage_memory.hpp"
#include "workloads/models/model.hpp"
#include "workloads/plan/legality.hpp"
#include "workloads/plan/placement.hpp"
#include "workloads/training/execution.hpp"

namespace lockstep::workloads {

// Which communication runs beside computation rather than after it.
struct OverlapSpec {
  bool gradients = true;
  bool parameters = true;
  bool tensor = false;
  double compute_slowdown = 1;  // of computation while communication runs beside it
  // A what-if: after the start of the step so much passes before gradients are summed; if infinite, the step ends with
  // the last gradient of each rank.
  Seconds gradients_from = {};
};

// The algorithm of each kind of collective.
struct CollectiveChoices {
  std::string gradients = "ring";
  std::string parameters = "ring";
  std::string tensor = "ring";
  std::string context = "ring";
  std::string expert = "pairwise";
};

// Where tokens go among experts.
enum class RoutingKind : std::uint8_t {
  balanced,  // equally many to each
  hot,       // the ranks of the first expert group member get `factor` times their share, the others the rest
  random     // each token chooses at random, by the run's seed
};
struct RoutingChoice {
  RoutingKind kind = RoutingKind::balanced;
  double factor = 1;
};

// A training job as a scenario states it: everything is checked and defaults are filled in.
struct TrainingSpec {
  Model model = {};
  std::uint64_t global_batch = 1;  // sequences
  // Replicas whose sequences come on top of the global batch: so many gradients are not waited for.
  std::uint32_t spare_replicas = 0;
  std::vector<std::uint32_t> microbatches_per_replica = {};  // empty: equal
  Execution execution = {};  // plan, microbatch, sequence length, precision, recompute, attention
  OptimizerSpec optimizer = {};
  std::string schedule = "1f1b";   // empty where there is a file
  std::string schedule_file = {};  // as the user wrote it, relative to the scenario
  OverlapSpec overlap = {};
  Bytes buckets = Bytes(25 * 0x1p20);  // of gradients that are summed at once (PyTorch DDP's 25 MiB);
                                       // a what-if may say 0: each layer's by themselves
  std::uint32_t prefetch = 1;          // layers that ZeRO-3 gathers ahead
  bool gradient_norm = true;           // one number is summed over all ranks before the optimizer's step
  CollectiveChoices collectives = {};
  RoutingChoice routing = {};
  EfficiencyModel efficiency = EfficiencyModel::flat(0.5);
  PlacementSpec placement = {};
  FlopConvention flops = FlopConvention::attended;
  double memory_reserve = 0.05;  // of a device's memory: what the allocator and the libraries cannot give

  PlanDuty duty() const {
    return {.model = model,
            .global_batch = global_batch,
            .microbatch = execution.microbatch,
            .sequence_length = execution.sequence_length,
            .devices = {},
            .spare_replicas = spare_replicas};
  }
  // Of each replica; the mean where they have unequal numbers.
  std::uint64_t microbatches() const { return microbatches_of(execution.plan, duty()); }
  std::uint64_t most_microbatches() const;  // of one replica
  double tokens_per_step() const {
    return static_cast<double>(global_batch) * static_cast<double>(execution.sequence_length);
  }
  MemoryRequest memory_request(InFlight in_flight) const {
    return {.model = model,
            .execution = execution,
            .optimizer = optimizer,
            .in_flight = std::move(in_flight),
            .buckets = buckets,
            .prefetch = overlap.parameters ? prefetch : 0};
  }
  Bytes usable_memory(Bytes of_device) const { return (1 - memory_reserve) * of_device; }
};

struct TrainingSources {
  const Catalog& catalog;
  std::string directory = ".";                // that file names start from
  std::optional<std::uint64_t> devices = {};  // of the workload, where they are known
  std::uint32_t spare_replicas = 0;           // of the plan's, in reserve
};

// Reads a workload of kind "training" (docs/models.md has every key). Megatron-LM's flags are taken as aliases. Throws
// InputError with file and path for anything that is wrong; unknown keys are refused, those of every workload aside.
TrainingSpec read_training_spec(const JsonFields& fields, const TrainingSources& sources);

// Why the replicas cannot have these numbers of microbatches; absent where they can.
std::optional<std::string> problem_of_shares(const TrainingSpec& spec);

// The same as JSON, with defaults filled in; `read_training_spec` reads it back.
Json as_json(const TrainingSpec& spec);

}  // namespace lockstep::workloads
