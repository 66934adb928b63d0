#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fields.hpp"

namespace lockstep::workloads {

// The ways in which ranks share the work. Expert ranks are data and context ranks too: while experts run, those are
// regrouped.
enum class Axis : std::uint8_t { tensor, context, expert, data, pipeline };
constexpr std::size_t axis_count = 5;
const char* to_text(Axis axis);

// Axes from the one whose ranks are neighbours to the one whose ranks are farthest apart.
using AxisOrder = std::array<Axis, axis_count>;
constexpr AxisOrder usual_order = {Axis::tensor, Axis::context, Axis::expert, Axis::data, Axis::pipeline};
// "tensor-context-expert-data-pipeline", or Megatron's "tp-cp-ep-dp-pp". Axes left out come last. Throws InputError.
AxisOrder axis_order_from(const std::string& text, const std::string& where);
std::string to_text(const AxisOrder& order);

// How a model of several chunks a stage runs through the pipeline: from the last stage back to the first, as Megatron
// interleaves; turning round at either end, as V-shaped schedules do; or in two copies from either end (Chimera,
// DualPipe), so that a stage holds its own chunk and the one of the stage opposite.
enum class ChunkRoute : std::uint8_t { round_and_round, there_and_back, mirrored };

// How many ranks share the work in each way. Legal or not is said by check_plan (legality.hpp).
struct ParallelPlan {
  std::uint32_t data = 1;
  std::uint32_t tensor = 1;
  std::uint32_t pipeline = 1;
  std::uint32_t context = 1;
  std::uint32_t expert = 1;
  std::optional<std::uint32_t> expert_tensor = {};  // tensor parallelism inside experts; as elsewhere unless stated
  std::uint32_t virtual_stages = 1;                 // chunks of the model on each pipeline stage
  ChunkRoute route = ChunkRoute::round_and_round;   // decided by the schedule
  bool sequence_parallel = false;
  std::uint32_t zero = 0;  // 1: optimizer, 2: and gradients, 3: and weights are sharded
  std::optional<std::uint32_t> shard_ranks =
      {};                                        // among so many (hybrid sharding); all of data x context unless stated
  std::vector<std::uint32_t> stage_layers = {};  // layers of each chunk in the order of the model; empty: equal
  AxisOrder order = usual_order;

  std::uint32_t tensor_of_experts() const { return expert_tensor.value_or(tensor); }
  std::uint64_t ranks() const { return std::uint64_t{data} * tensor * pipeline * context; }
  // Ranks that hold the same share of the dense weights, and of the experts'.
  std::uint64_t gradient_ranks() const { return std::uint64_t{data} * context; }
  std::uint64_t expert_gradient_ranks() const {
    return ranks() / (std::uint64_t{tensor_of_experts()} * expert * pipeline);
  }
  std::uint64_t sharding_ranks() const { return zero == 0 ? 1 : shard_ranks.value_or(gradient_ranks()); }
  // Among how many of its gradient ranks an expert's weights are sharded: about the same part of them as of the dense
  // ones, and a whole number of times.
  std::uint64_t expert_sharding_ranks() const;
  std::uint32_t chunks() const { return pipeline * virtual_stages; }
};

// Reads the object "parallel" of a training workload; `devices`, where it is known, makes up for missing `data`.
ParallelPlan read_parallel_plan(const JsonFields& fields, std::optional<std::uint64_t> devices);
Json as_json(const ParallelPlan& plan);

// The layers [first, first + count) of one chunk.
struct LayerRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  friend bool operator==(const LayerRange&, const LayerRange&) = default;
};
// Of chunk number `chunk` in the order of the model, of `layers` in all. Requires a legal plan.
LayerRange layers_of_chunk(const ParallelPlan& plan, std::uint64_t layers, std::uint32_t chunk);
// The stage that runs a chunk (of the first copy), and the chunks of a stage in the order of the model.
std::uint32_t stage_of_chunk(const ParallelPlan& plan, std::uint32_t chunk);
std::vector<std::uint32_t> chunks_of_stage(const ParallelPlan& plan, std::uint32_t stage);

}  // namespace lockstep::workloads
