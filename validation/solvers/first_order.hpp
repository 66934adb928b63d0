#pragma once

#include <optional>

#include "validation/closed_forms/hockney.hpp"
#include "validation/solvers/figures.hpp"
#include "validation/solvers/solver.hpp"
#include "validation/solvers/step_forms.hpp"

// The first-order model of a training step: compute of equal stages, a pipeline, and communication that nobody contends
// for. With these assumptions granted it is what the events give (D14); docs/solvers.md lists what it leaves out.
namespace lockstep::validation {

enum class AttentionCount { none, causal, full };     // whether s² flops are counted, and half or all of them
enum class GradientAlgorithm { ring, hierarchical };  // over the whole group, or in nodes and then between them
enum class ExpertAlgorithm { direct, pairwise };  // all messages of a rank at once (D07), or one after the other (C15)

// What a message costs on the slowest hop of each group's ring.
struct GroupLinks {
  Hockney tensor, context, expert, data, expert_data, pipeline;
};

struct FirstOrderCase {
  ModelFigures model;
  FleetFigures fleet;
  // Where they are measured. Otherwise ranks stand tensor, context, expert, data, pipeline, from near to far, nodes
  // filled one after the other, and a ring that leaves its node is as slow as the fabric.
  std::optional<GroupLinks> links = {};
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
  bool overlap_parameters = false;  // gathered beside the first forward pass; of ZeRO-3 a layer ahead
  bool free_transfers = false;      // between stages
  Bytes bucket = Bytes(25 * 1048576.0);
  AttentionCount attention = AttentionCount::none;
  GradientAlgorithm algorithm = GradientAlgorithm::ring;
  ExpertAlgorithm exchange = ExpertAlgorithm::direct;
  double imbalance = 1;          // times as many tokens that the busiest expert rank gets
  std::uint32_t moe_layers = 0;  // layers with experts; 0: all, where the model has experts
  Seconds optimizer = {};
};

struct FirstOrderStep {
  double microbatches = 1;
  // Of one device and one microbatch: computing alone, and all that a pass takes.
  Seconds forward = {}, backward = {};
  Seconds forward_pass = {}, backward_pass = {};
  Seconds tensor_collective = {}, expert_collective = {}, hop = {};
  // Parts that add up to the step.
  Seconds compute = {}, tensor = {}, expert = {}, context = {}, bubble = {}, transfers = {}, gradients = {},
          parameters = {}, update = {};
  Seconds gradients_in_full = {};  // what `gradients` would be without overlap
  double buckets = 1;              // that a device's gradients travel in where they overlap
  Seconds step = {};
  Flops model_flops = {};
  double mfu = 0, hfu = 0;
  // What a rank sends in a step.
  Bytes gradient_traffic = {}, tensor_traffic = {}, expert_traffic = {};
};

// What a device of equal stages works on and holds.
struct FirstOrderWork {
  double layers = 1;                                   // of a device
  double tokens = 1;                                   // of one microbatch on a context rank
  Bytes activations = {};                              // that a layer hands on
  Flops forward = {};                                  // of one microbatch on one device
  Flops attention = {};                                // the part of it in s²
  double dense_parameters = 0, expert_parameters = 0;  // of a device's shard
};
FirstOrderWork work_of(const FirstOrderCase& plan);
GroupLinks links_of(const FirstOrderCase& plan);

// Throws InputError for plans that do not fit the fleet or the batch.
FirstOrderStep solve_first_order(const FirstOrderCase& plan);

extern const Solver first_order;

}  // namespace lockstep::validation
