#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "workloads/models/model.hpp"
#include "workloads/models/size_limits.hpp"

// Transformers as scenarios and the catalog describe them: flat figures, named as the catalog does.
namespace lockstep::workloads {
namespace {

constexpr std::array norm_names = {"rms", "layer"};
constexpr std::array mlp_names = {"plain", "gated"};
constexpr std::array position_names = {"rotary", "learned"};
constexpr std::array bias_names = {"none", "qkv", "all"};
constexpr std::array order_names = {"sequential", "parallel"};
constexpr std::array attending_names = {"to_the_past", "everywhere"};

template <class Choice, std::size_t count>
Choice read_choice(const JsonFields& fields, const std::string& key, const std::array<const char*, count>& names,
                   Choice otherwise) {
  const std::vector<std::string> valid(names.begin(), names.end());
  const std::string name = fields.choice_or(key, names.at(static_cast<std::size_t>(otherwise)), valid);
  return static_cast<Choice>(std::find(names.begin(), names.end(), name) - names.begin());
}

template <class Choice, std::size_t count>
const char* name_in(const std::array<const char*, count>& names, Choice choice) {
  return names.at(static_cast<std::size_t>(choice));
}

Attention read_attention(const JsonFields& fields, std::uint64_t hidden) {
  Attention attention;
  attention.heads = size_field(fields, "heads");
  attention.kv_heads = size_field_or(fields, "kv_heads", attention.heads);
  if (!fields.has("head_dim") && !fields.has("kv_lora_rank") && hidden % attention.heads != 0) {
    fields.fail("heads", std::to_string(attention.heads) + " heads do not divide hidden_dim, " + std::to_string(hidden),
                "state \"head_dim\" where heads are not as wide as hidden_dim / heads");
  }
  attention.head_dim = size_field_or(fields, "head_dim", hidden / attention.heads);
  attention.bias = read_choice(fields, "attention_bias", bias_names, attention.bias);
  attention.query_key_norm = fields.value_or("qk_norm", false);
  if (fields.has("window")) attention.window = size_field(fields, "window");
  attention.attending = read_choice(fields, "attending", attending_names, attention.attending);
  if (fields.has("kv_lora_rank")) {
    attention.latent = LatentAttention{.query_rank = size_field_or(fields, "q_lora_rank", 0),
                                       .kv_rank = size_field(fields, "kv_lora_rank"),
                                       .rope_dim = size_field(fields, "qk_rope_head_dim"),
                                       .nope_dim = size_field(fields, "qk_nope_head_dim"),
                                       .value_dim = size_field(fields, "v_head_dim")};
  }
  return attention;
}

Experts read_experts(const JsonFields& fields) {
  Experts experts;
  experts.count = size_field(fields, "experts");
  experts.active = size_field(fields, "active_experts_per_token");
  experts.width = size_field(fields, "ffn_per_expert");
  experts.shared_width = size_field_or(fields, "shared_experts", 0) * experts.width;
  if (fields.has("shared_ffn")) experts.shared_width = size_field_or(fields, "shared_ffn", 0);
  experts.shared_gate = fields.value_or("shared_gate", false);
  experts.selection_bias = fields.value_or("selection_bias", false);
  return experts;
}

// The first `dense_layers` are dense, then every `expert_layer_period`-th has experts.
std::vector<LayerKind> read_layers(const JsonFields& fields, bool has_experts) {
  std::vector<LayerKind> layers(layers_field(fields, "layers"), LayerKind::dense);
  if (!has_experts) return layers;
  if (const Json* listed = fields.raw("expert_layers"); listed != nullptr) {
    for (const std::int64_t layer : fields.required<std::vector<std::int64_t>>("expert_layers")) {
      if (layer < 0 || static_cast<std::uint64_t>(layer) >= layers.size()) {
        fields.fail("expert_layers", "there is no layer " + std::to_string(layer));
      }
      layers[static_cast<std::size_t>(layer)] = LayerKind::experts;
    }
    return layers;
  }
  const std::uint64_t period = size_field_or(fields, "expert_layer_period", 1);
  for (std::uint64_t layer = size_field_or(fields, "dense_layers", 0); layer < layers.size(); ++layer) {
    if ((layer + 1) % period == 0) layers[layer] = LayerKind::experts;
  }
  return layers;
}

void write_attention(const Attention& attention, Json& json) {
  json["heads"] = attention.heads;
  if (attention.latent) {
    if (attention.latent->query_rank > 0) json["q_lora_rank"] = attention.latent->query_rank;
    json["kv_lora_rank"] = attention.latent->kv_rank;
    json["qk_rope_head_dim"] = attention.latent->rope_dim;
    json["qk_nope_head_dim"] = attention.latent->nope_dim;
    json["v_head_dim"] = attention.latent->value_dim;
  } else {
    json["kv_heads"] = attention.kv_heads;
    json["head_dim"] = attention.head_dim;
  }
  json["attention_bias"] = name_in(bias_names, attention.bias);
  json["qk_norm"] = attention.query_key_norm;
  if (attention.window) json["window"] = *attention.window;
  json["attending"] = name_in(attending_names, attention.attending);
}

void write_experts(const TransformerModel& model, Json& json) {
  const Experts& experts = *model.experts;
  json["experts"] = experts.count;
  json["active_experts_per_token"] = experts.active;
  json["ffn_per_expert"] = experts.width;
  if (experts.shared_width > 0) json["shared_ffn"] = experts.shared_width;
  json["shared_gate"] = experts.shared_gate;
  json["selection_bias"] = experts.selection_bias;
  if (model.expert_layer_count() == model.layer_count()) return;
  json["expert_layers"] = Json::array();
  for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
    if (model.layers[layer] == LayerKind::experts) json["expert_layers"].push_back(layer);
  }
}

}  // namespace

TransformerModel read_transformer(const JsonFields& fields) {
  TransformerModel model;
  model.name = fields.value_or<std::string>("name", "transformer");
  model.hidden = size_field(fields, "hidden_dim");
  model.attention = read_attention(fields, model.hidden);
  if (fields.has("experts")) model.experts = read_experts(fields);
  model.layers = read_layers(fields, model.experts.has_value());
  model.mlp.kind = read_choice(fields, "mlp", mlp_names, model.mlp.kind);
  model.mlp.bias = fields.value_or("mlp_bias", false);
  const bool all_experts = model.expert_layer_count() == model.layer_count();
  if (all_experts || (model.mlp.kind == MlpKind::plain && !fields.has("ffn"))) {
    model.mlp.width = size_field_or(fields, "ffn", 4 * model.hidden);
  } else {
    model.mlp.width = size_field(fields, "ffn");
  }
  model.norm = read_choice(fields, "norm", norm_names, model.norm);
  model.order = read_choice(fields, "block", order_names, model.order);
  model.position = read_choice(fields, "position", position_names, model.position);
  model.vocabulary = size_field(fields, "vocab");
  model.context = size_field_or(fields, "context", 0);
  model.tied_embeddings = fields.value_or("tied_embeddings", false);
  model.mtp_depth = size_field_or(fields, "mtp_depth", 0);
  model.dropout = fields.value_or("dropout", false);
  fields.reject_unknown();
  check_transformer(model, fields.where());
  return model;
}

Json as_json(const TransformerModel& model) {
  Json json = {{"name", model.name}, {"layers", model.layer_count()}, {"hidden_dim", model.hidden}};
  write_attention(model.attention, json);
  json["ffn"] = model.mlp.width;
  json["mlp"] = name_in(mlp_names, model.mlp.kind);
  json["mlp_bias"] = model.mlp.bias;
  if (model.experts) write_experts(model, json);
  json["norm"] = name_in(norm_names, model.norm);
  json["block"] = name_in(order_names, model.order);
  json["position"] = name_in(position_names, model.position);
  json["vocab"] = model.vocabulary;
  if (model.context > 0) json["context"] = model.context;
  json["tied_embeddings"] = model.tied_embeddings;
  if (model.mtp_depth > 0) json["mtp_depth"] = model.mtp_depth;
  json["dropout"] = model.dropout;
  return json;
}

}  // namespace lockstep::workloads
