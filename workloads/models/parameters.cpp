#include "workloads/models/parameters.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace lockstep::workloads {
namespace {

constexpr std::array part_names = {"embedding", "positions",      "attention", "mlp",  "shared_experts",
                                   "router",    "routed_experts", "norms",     "head", "prediction"};

Weight matrix(std::string_view name, Part part, std::uint64_t inputs, std::uint64_t outputs) {
  return {.name = name, .part = part, .inputs = inputs, .outputs = outputs};
}

Weight norm(std::string_view name, const TransformerModel& model, std::uint64_t width) {
  return {.name = name, .part = Part::norms, .outputs = width, .bias = model.norm == NormKind::layer};
}

void add_latent_attention(const TransformerModel& model, std::vector<Weight>& weights) {
  const Attention& attention = model.attention;
  const LatentAttention& latent = *attention.latent;
  const std::uint64_t query_width = attention.heads * attention.query_dim();
  const bool bias = attention.bias != AttentionBias::none;
  const auto add = [&](Weight weight, bool with_bias, Division division) {
    weight.bias = with_bias;
    weight.division = division;
    weights.push_back(weight);
  };
  if (latent.query_rank > 0) {
    add(matrix("query_down", Part::attention, model.hidden, latent.query_rank), bias, Division::none);
    weights.push_back({.name = "query_norm", .part = Part::attention, .outputs = latent.query_rank});
    add(matrix("query_up", Part::attention, latent.query_rank, query_width), false, Division::outputs);
  } else {
    add(matrix("query", Part::attention, model.hidden, query_width), false, Division::outputs);
  }
  add(matrix("kv_down", Part::attention, model.hidden, latent.kv_rank + latent.rope_dim), bias, Division::none);
  weights.push_back({.name = "kv_norm", .part = Part::attention, .outputs = latent.kv_rank});
  add(matrix("kv_up", Part::attention, latent.kv_rank, attention.heads * (latent.nope_dim + latent.value_dim)), false,
      Division::outputs);
  add(matrix("attention_output", Part::attention, attention.heads * latent.value_dim, model.hidden), bias,
      Division::inputs);
}

void add_grouped_attention(const TransformerModel& model, std::vector<Weight>& weights) {
  const Attention& attention = model.attention;
  const std::uint64_t kv_width = attention.kv_heads * attention.head_dim;
  for (const auto& [name, width, most_shards] :
       {std::tuple{"query", attention.heads * attention.head_dim, attention.heads},
        std::tuple{"key", kv_width, attention.kv_heads}, std::tuple{"value", kv_width, attention.kv_heads}}) {
    Weight projection = matrix(name, Part::attention, model.hidden, width);
    projection.bias = attention.bias != AttentionBias::none;
    projection.division = Division::outputs;
    projection.most_shards = most_shards;
    weights.push_back(projection);
  }
  if (attention.query_key_norm) {
    weights.push_back({.name = "query_norm", .part = Part::attention, .outputs = attention.head_dim});
    weights.push_back({.name = "key_norm", .part = Part::attention, .outputs = attention.head_dim});
  }
  Weight output = matrix("attention_output", Part::attention, attention.heads * attention.head_dim, model.hidden);
  output.bias = attention.bias == AttentionBias::all;
  output.division = Division::inputs;
  weights.push_back(output);
}

// A plain MLP goes up and down; a gated one has a second way up.
void add_mlp(const TransformerModel& model, const Weight& like, std::uint64_t width, std::vector<Weight>& weights) {
  const auto add = [&](std::string_view name, std::uint64_t inputs, std::uint64_t outputs, Division division) {
    Weight weight = like;
    weight.name = name;
    weight.inputs = inputs;
    weight.outputs = outputs;
    weight.bias = model.mlp.bias;
    weight.division = division;
    weights.push_back(weight);
  };
  if (model.mlp.kind == MlpKind::gated) add("gate", model.hidden, width, Division::outputs);
  add("up", model.hidden, width, Division::outputs);
  add("down", width, model.hidden, Division::inputs);
}

void add_experts(const TransformerModel& model, std::vector<Weight>& weights) {
  const Experts& experts = *model.experts;
  Weight router = matrix("router", Part::router, model.hidden, experts.count);
  router.bias = experts.selection_bias;
  weights.push_back(router);
  const Weight each = {.part = Part::routed_experts, .copies = experts.count, .uses = experts.active};
  add_mlp(model, each, experts.width, weights);
  if (experts.shared_width == 0) return;
  add_mlp(model, {.part = Part::shared_experts}, experts.shared_width, weights);
  if (experts.shared_gate) weights.push_back(matrix("shared_gate", Part::shared_experts, model.hidden, 1));
}

double size_of(const std::vector<Weight>& weights) {
  double size = 0;
  for (const Weight& weight : weights) {
    size += static_cast<double>(weight.copies) * static_cast<double>(weight.outputs) *
            (static_cast<double>(weight.inputs) + (weight.bias ? 1 : 0));
  }
  return size;
}

}  // namespace

const char* to_text(Part part) {
  return part_names.at(static_cast<std::size_t>(part));
}

std::vector<Weight> layer_weights(const TransformerModel& model, LayerKind kind) {
  std::vector<Weight> weights = {norm("attention_norm", model, model.hidden)};
  if (model.attention.latent) {
    add_latent_attention(model, weights);
  } else {
    add_grouped_attention(model, weights);
  }
  weights.push_back(norm("mlp_norm", model, model.hidden));
  if (kind == LayerKind::experts) {
    add_experts(model, weights);
  } else {
    add_mlp(model, {.part = Part::mlp}, model.mlp.width, weights);
  }
  return weights;
}

std::vector<Weight> input_weights(const TransformerModel& model) {
  // A look-up costs no products, but the table is divided by its rows, the words, which are its inputs.
  Weight words = matrix("word_embedding", Part::embedding, model.vocabulary, model.hidden);
  words.division = Division::inputs;
  std::vector<Weight> weights = {words};
  if (model.position == PositionKind::learned) {
    weights.push_back(matrix("position_embedding", Part::positions, model.context, model.hidden));
  }
  return weights;
}

std::vector<Weight> output_weights(const TransformerModel& model) {
  Weight head = matrix("head", Part::head, model.hidden, model.vocabulary);
  head.division = Division::outputs;
  if (model.tied_embeddings) head.copies = 0;
  return {norm("final_norm", model, model.hidden), head};
}

std::vector<Weight> prediction_weights(const TransformerModel& model) {
  std::vector<Weight> weights = {norm("embedding_norm", model, model.hidden), norm("hidden_norm", model, model.hidden),
                                 matrix("join", Part::prediction, 2 * model.hidden, model.hidden)};
  const std::vector<Weight> layer = layer_weights(model, model.layers.back());
  weights.insert(weights.end(), layer.begin(), layer.end());
  weights.push_back(norm("final_norm", model, model.hidden));
  return weights;
}

std::uint64_t parameters_of(const std::vector<Weight>& weights) {
  std::uint64_t sum = 0;
  for (const Weight& weight : weights) sum += weight.parameters();
  return sum;
}

std::uint64_t active_parameters_of(const std::vector<Weight>& weights) {
  std::uint64_t sum = 0;
  for (Weight weight : weights) {
    weight.copies = std::min(weight.copies, weight.uses);
    sum += weight.parameters();
  }
  return sum;
}

std::uint64_t parameters_of(const std::vector<Weight>& weights, Part part) {
  std::uint64_t sum = 0;
  for (const Weight& weight : weights) sum += weight.part == part ? weight.parameters() : 0;
  return sum;
}

ParameterCounts count_parameters(const TransformerModel& model) {
  ParameterCounts counts;
  const std::vector<Weight> input = input_weights(model);
  const std::vector<Weight> output = output_weights(model);
  counts.embedding = parameters_of(input, Part::embedding);
  counts.positions = parameters_of(input, Part::positions);
  counts.final_norm = parameters_of(output, Part::norms);
  counts.head = parameters_of(output, Part::head);
  counts.total = counts.embedding + counts.positions + counts.final_norm + counts.head;
  counts.active = counts.total;
  const std::uint64_t expert_layers = model.expert_layer_count();
  if (expert_layers < model.layer_count()) {
    counts.dense_layer = parameters_of(layer_weights(model, LayerKind::dense));
    counts.total += (model.layer_count() - expert_layers) * counts.dense_layer;
    counts.active = counts.total;
  }
  if (expert_layers > 0) {
    const std::vector<Weight> layer = layer_weights(model, LayerKind::experts);
    counts.expert_layer = parameters_of(layer);
    counts.total += expert_layers * counts.expert_layer;
    counts.active += expert_layers * active_parameters_of(layer);
  }
  if (model.mtp_depth > 0) {
    counts.prediction_modules = model.mtp_depth * parameters_of(prediction_weights(model));
  }
  return counts;
}

std::uint64_t count_part(const TransformerModel& model, Part part) {
  const std::uint64_t expert_layers = model.expert_layer_count();
  std::uint64_t sum = parameters_of(input_weights(model), part) + parameters_of(output_weights(model), part);
  if (expert_layers < model.layer_count()) {
    sum += (model.layer_count() - expert_layers) * parameters_of(layer_weights(model, LayerKind::dense), part);
  }
  if (expert_layers > 0) sum += expert_layers * parameters_of(layer_weights(model, LayerKind::experts), part);
  return sum;
}

double estimated_parameters(const TransformerModel& model) {
  double size = size_of(input_weights(model)) + size_of(output_weights(model));
  const auto expert_layers = static_cast<double>(model.expert_layer_count());
  size += (static_cast<double>(model.layer_count()) - expert_layers) * size_of(layer_weights(model, LayerKind::dense));
  size += static_cast<double>(model.mtp_depth) * size_of(prediction_weights(model));
  if (model.experts) size += expert_layers * size_of(layer_weights(model, LayerKind::experts));
  return size;
}

}  // namespace lockstep::workloads
