#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "workloads/models/transformer_model.hpp"

// Every weight of a transformer, and their number. Memory and costs are sums over the same lists.
namespace lockstep::workloads {

// What a weight belongs to.
enum class Part : std::uint8_t {
  embedding,
  positions,
  attention,
  mlp,
  shared_experts,
  router,
  routed_experts,
  norms,
  head,
  prediction  // what a multi-token-prediction module adds to its layer
};
constexpr std::size_t part_count = 10;
const char* to_text(Part part);

// How tensor parallelism divides a matrix (Shoeybi et al., arXiv 1909.08053, section 3): the outputs, the inputs, or
// not at all.
enum class Division : std::uint8_t { none, outputs, inputs };

// One matrix that maps `inputs` to `outputs` channels, or (inputs 1) a vector of scales.
struct Weight {
  std::string_view name = {};
  Part part = Part::norms;
  std::uint64_t inputs = 1;
  std::uint64_t outputs = 0;
  bool bias = false;
  Division division = Division::none;
  std::uint64_t most_shards = UINT64_MAX;  // keys and values cannot be divided further than into heads
  std::uint64_t copies = 1;                // as many of these as there are experts; 0: another's weights are used
  std::uint64_t uses = 1;                  // how many of them a token passes

  bool is_matrix() const { return inputs > 1; }
  std::uint64_t parameters() const { return copies * (inputs * outputs + (bias ? outputs : 0)); }
};

// The weights of one layer, in the order in which a token meets them.
std::vector<Weight> layer_weights(const TransformerModel& model, LayerKind kind);
// Before the first layer: word embedding, learned positions.
std::vector<Weight> input_weights(const TransformerModel& model);
// After the last: norm and vocabulary head. A tied head is listed with no copies: it works, but holds no weights.
std::vector<Weight> output_weights(const TransformerModel& model);
// One multi-token-prediction module: its two norms, the matrix that joins two streams, its own layer (of the last
// layer's kind) and final norm (DeepSeek-V3, arXiv 2412.19437, section 2.2). Embedding and head are the main model's.
std::vector<Weight> prediction_weights(const TransformerModel& model);

// The number of weights of a list: all, those of one part, those that one token meets.
std::uint64_t parameters_of(const std::vector<Weight>& weights);
std::uint64_t parameters_of(const std::vector<Weight>& weights, Part part);
std::uint64_t active_parameters_of(const std::vector<Weight>& weights);

struct ParameterCounts {
  std::uint64_t total = 0;   // without prediction modules
  std::uint64_t active = 0;  // that one token meets
  std::uint64_t embedding = 0;
  std::uint64_t positions = 0;
  std::uint64_t dense_layer = 0;   // one layer of that kind
  std::uint64_t expert_layer = 0;  // 0 where there is none
  std::uint64_t final_norm = 0;
  std::uint64_t head = 0;                // 0 where it is tied
  std::uint64_t prediction_modules = 0;  // all of them
};
ParameterCounts count_parameters(const TransformerModel& model);

// All weights of the main model that belong to `part`.
std::uint64_t count_part(const TransformerModel& model, Part part);

// The total in floating point, for figures too large to count.
double estimated_parameters(const TransformerModel& model);

}  // namespace lockstep::workloads
