#pragma once

#include "validation/solvers/figures.hpp"
#include "validation/solvers/solver.hpp"
#include "validation/solvers/step_forms.hpp"

// The first-order model of a training step: compute of equal stages, a pipeline, and communication that nobody contends
// for. With these assumptions granted it is what the events give (D14); docs/solvers.md lists what it leaves out.
namespace lockstep::validation {

enum class AttentionCount { none, causal, full };     // whether s² flops are counted, and half or all of them
enum class GradientAlgorithm { ring, hierarchical };  // over the whole group, or in nodes and then between them

struct FirstOrderCase {
  ModelFigures model;
  FleetFigures fleet;
  Precision precision = Precision::bf16;
  Precision gradients = Precision::bf16;
  double efficiency = 0.5;
  std::uint32_t global_batch = 1, microbatch = 1;  // sequences
  std::uint32_t seq_len = 2048;
  std::uint32_t data = 1, tensor = 1, pipeline = 1, context = 1, expert = 1;
  std::uint32_t virtual_stages = 1;
  PipelineOrder order = PipelineOrder::one_forward_one_backward;  // interleaved where there are virtual stages
  std::uint32_t zero = 0;
  bool sequence_parallel = false;
  bool recompute = false;  // the whole forward pass again
  bool overlap_gradients = false;
  bool free_transfers = false;  // between stages
  Bytes bucket = Bytes(25 * 1048576.0);
  AttentionCount attention = AttentionCount::none;
  GradientAlgorithm algorithm = GradientAlgorithm::ring;
  double imbalance = 1;          // times as many tokens that the busiest expert rank gets
  std::uint32_t moe_layers = 0;  // layers with experts; 0: all, where the model has experts
  Seconds optimizer = {};
};

struct FirstOrderStep {
  double microbatches = 1;
  // Of one device and one microbatch.
  Seconds forward = {}, backward = {};
  Seconds tensor_collective = {}, expert_collective = {}, hop = {};
  // Parts that add up to the step.
  Seconds compute = {}, tensor = {}, expert = {}, context = {}, bubble = {}, transfers = {}, gradients = {},
          parameters = {}, update = {};
  Seconds gradients_in_full = {};  // what `gradients` would be without overlap
  Seconds step = {};
  Flops model_flops = {};
  double mfu = 0, hfu = 0;
  // What a rank sends in a step.
  Bytes gradient_traffic = {}, tensor_traffic = {}, expert_traffic = {};
};

// Throws InputError for plans that do not fit the fleet or the batch.
FirstOrderStep solve_first_order(const FirstOrderCase& plan);

extern const Solver first_order;

}  // namespace lockstep::validation
