#pragma once

#include "workloads/memory/stage_memory.hpp"
#include "workloads/plan/placement_search.hpp"

// How many bytes the ranks exchange: sizes of collectives as `bytes` of a collective means them.
namespace lockstep::workloads {

// Of one microbatch.
struct LayerTraffic {
  // The vector of one tensor-parallel all-reduce: activations of all of this rank's tokens, s b h elements (Shoeybi et
  // al., arXiv 1909.08053, section 3). With sequence parallelism an all-gather and a reduce-scatter of as much.
  Bytes tensor = {};
  // In a forward pass, and again in the backward pass: two of them, one where attention and MLP run side by side.
  std::uint32_t tensor_times = 0;
  // Keys and values that a context rank hands on at each of context - 1 steps; backward their gradients as well.
  Bytes context_hop = {};
  // What a rank sends in each all-to-all of an expert layer: dispatch and combine, and both again backward.
  Bytes expert = {};
};
LayerTraffic layer_traffic(const TransformerModel& model, LayerKind kind, const Execution& execution);

// Activations that a rank sends to the next stage for one microbatch, and gradients back.
Bytes pipeline_traffic(const TransformerModel& model, const Execution& execution);

// Gradients of one rank of a stage, and of one of its layers.
struct GradientBytes {
  Bytes dense = {};    // summed over data_context
  Bytes experts = {};  // summed over expert_data
};
GradientBytes gradients_of_stage(const Model& model, const Execution& execution, std::uint32_t stage);
GradientBytes gradients_of_layer(const Model& model, const Execution& execution, LayerKind kind);

// Bytes that a rank sends in a step, for finding a placement: rings move 2 (n - 1)/n of a vector, 3 (n - 1)/n under
// ZeRO-3, all-to-alls (n - 1)/n. `microbatches` of each replica; the first stage stands for all.
TrafficVolumes traffic_volumes(const Model& model, const Execution& execution, std::uint64_t microbatches);

}  // namespace lockstep::workloads
