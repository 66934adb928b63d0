#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "workloads/memory/activations.hpp"
#include "workloads/memory/optimizers.hpp"
#include "workloads/plan/legality.hpp"

// What a rank of each pipeline stage must hold.
namespace lockstep::workloads {

// How many microbatches are under way at once, as the schedule has it.
struct InFlight {
  std::vector<double> chunks;  // one entry a stage: chunks whose activations are held, at the peak
  double head = 1;             // microbatches whose logits are held, on the stage with the head
};
// For one forward, one backward in turn: stage i of p holds p - i microbatches, or all there are.
InFlight in_flight_of_1f1b(const ParallelPlan& plan, std::uint64_t microbatches);

struct MemoryRequest {
  const Model& model;
  Execution execution;
  OptimizerSpec optimizer;
  InFlight in_flight;
  Bytes buckets = {};          // of gradients, where they are not summed in place
  std::uint32_t prefetch = 1;  // layers that ZeRO-3 gathers ahead
};

struct StageMemory {
  double parameters = 0;  // whole weights of this rank's tensor and expert share, before ZeRO shards them
  Bytes weights = {};
  Bytes gradients = {};
  Bytes optimizer = {};
  Bytes activations = {};
  Bytes buffers = {};  // gathered weights, buckets, the layer that is being worked out again

  Bytes total() const { return weights + gradients + optimizer + activations + buffers; }
};

// One entry a stage. Requires a legal plan and as many entries in flight as there are stages.
std::vector<StageMemory> memory_of(const MemoryRequest& request);

// The weights of a stage's rank, of experts apart: they are sharded and their gradients summed among other ranks.
struct RankParameters {
  double dense = 0;
  double experts = 0;
  double total() const { return dense + experts; }
};
RankParameters parameters_of_stage(const Model& model, const ParallelPlan& plan, std::uint32_t stage);
// Of one layer, as it is gathered and as its gradients become ready.
RankParameters parameters_of_layer(const Model& model, const ParallelPlan& plan, LayerKind kind);
// Of what stands before the first layer, of final norm and head, and of all prediction modules. `beside_input`: the
// stage holds the table of words, too.
RankParameters parameters_of_input(const TransformerModel& model, const ParallelPlan& plan);
RankParameters parameters_of_output(const TransformerModel& model, const ParallelPlan& plan, bool beside_input);
RankParameters parameters_of_prediction(const TransformerModel& model, const ParallelPlan& plan, bool beside_input);

// Among how many ranks ZeRO shards dense weights and experts.
double dense_shards(const ParallelPlan& plan);
double expert_shards(const ParallelPlan& plan);

}  // namespace lockstep::workloads
