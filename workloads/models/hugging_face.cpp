#include "workloads/models/hugging_face.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text_file.hpp"
#include "workloads/models/size_limits.hpp"

// Defaults and layouts as in the classes of huggingface/transformers (src/transformers/models/*/configuration_*.py and
// modeling_*.py, Apache-2.0).
namespace lockstep::workloads {
namespace {

std::uint64_t number(const JsonFields& config, const std::string& key) {
  return size_field(config, key);
}
std::uint64_t number_or(const JsonFields& config, const std::string& key, std::uint64_t otherwise) {
  return size_field_or(config, key, otherwise);
}

// What all decoders since LLaMA share: RMS norms, rotary positions, a gated MLP.
TransformerModel decoder(const JsonFields& config, bool attention_bias_by_default = false) {
  TransformerModel model;
  model.hidden = number(config, "hidden_size");
  model.layers.assign(layers_field(config, "num_hidden_layers"), LayerKind::dense);
  model.vocabulary = number(config, "vocab_size");
  model.context = number_or(config, "max_position_embeddings", 0);
  model.mlp.width = number(config, "intermediate_size");
  model.mlp.bias = config.value_or("mlp_bias", false);
  model.tied_embeddings = config.value_or("tie_word_embeddings", false);
  Attention& attention = model.attention;
  attention.heads = number(config, "num_attention_heads");
  attention.kv_heads = number_or(config, "num_key_value_heads", attention.heads);
  attention.head_dim = number_or(config, "head_dim", model.hidden / attention.heads);
  if (config.value_or("attention_bias", attention_bias_by_default)) attention.bias = AttentionBias::all;
  return model;
}

TransformerModel read_llama(const JsonFields& config) {
  return decoder(config);
}

TransformerModel read_mistral(const JsonFields& config) {
  TransformerModel model = decoder(config);
  if (config.has("sliding_window")) model.attention.window = number(config, "sliding_window");
  return model;
}

void read_window_in_use(const JsonFields& config, TransformerModel& model) {
  // Only some layers look through the window, from max_window_layers on; it is taken as unused unless all do.
  if (config.value_or("use_sliding_window", false) && config.has("sliding_window") &&
      number_or(config, "max_window_layers", 0) == 0) {
    model.attention.window = number(config, "sliding_window");
  }
}

TransformerModel read_mixtral(const JsonFields& config) {
  TransformerModel model = read_mistral(config);
  model.layers.assign(model.layers.size(), LayerKind::experts);
  model.experts = Experts{.count = number_or(config, "num_local_experts", 8),
                          .active = number_or(config, "num_experts_per_tok", 2),
                          .width = model.mlp.width};
  return model;
}

TransformerModel read_qwen2(const JsonFields& config) {
  TransformerModel model = decoder(config);
  model.attention.bias = AttentionBias::qkv;
  read_window_in_use(config, model);
  return model;
}

TransformerModel read_qwen3(const JsonFields& config) {
  TransformerModel model = decoder(config);
  model.attention.head_dim = number_or(config, "head_dim", 128);
  model.attention.query_key_norm = true;
  read_window_in_use(config, model);
  return model;
}

// Every decoder_sparse_step-th layer has experts, unless it is named in mlp_only_layers.
void read_qwen_experts(const JsonFields& config, TransformerModel& model) {
  const std::uint64_t step = number_or(config, "decoder_sparse_step", 1);
  for (std::uint64_t layer = 0; layer < model.layers.size(); ++layer) {
    if ((layer + 1) % step == 0) model.layers[layer] = LayerKind::experts;
  }
  for (const std::int64_t layer : config.value_or<std::vector<std::int64_t>>("mlp_only_layers", {})) {
    if (layer < 0 || static_cast<std::uint64_t>(layer) >= model.layers.size()) {
      config.fail("mlp_only_layers", "there is no layer " + std::to_string(layer));
    }
    model.layers[static_cast<std::size_t>(layer)] = LayerKind::dense;
  }
  if (model.expert_layer_count() == 0) return;
  model.experts = Experts{.count = number(config, "num_experts"),
                          .active = number(config, "num_experts_per_tok"),
                          .width = number(config, "moe_intermediate_size")};
}

TransformerModel read_qwen2_moe(const JsonFields& config) {
  TransformerModel model = read_qwen2(config);
  if (!config.value_or("qkv_bias", true)) model.attention.bias = AttentionBias::none;
  read_qwen_experts(config, model);
  if (model.experts) {
    model.experts->shared_width = number(config, "shared_expert_intermediate_size");
    model.experts->shared_gate = true;
  }
  return model;
}

TransformerModel read_qwen3_moe(const JsonFields& config) {
  TransformerModel model = read_qwen3(config);
  read_qwen_experts(config, model);
  return model;
}

TransformerModel read_deepseek_v2(const JsonFields& config) {
  TransformerModel model = decoder(config);
  model.attention.latent = LatentAttention{.query_rank = number_or(config, "q_lora_rank", 0),
                                           .kv_rank = number(config, "kv_lora_rank"),
                                           .rope_dim = number(config, "qk_rope_head_dim"),
                                           .nope_dim = number(config, "qk_nope_head_dim"),
                                           .value_dim = number(config, "v_head_dim")};
  model.mtp_depth = number_or(config, "num_nextn_predict_layers", 0);
  if (!config.has("n_routed_experts")) return model;
  const std::uint64_t first = number_or(config, "first_k_dense_replace", 0);
  const std::uint64_t period = number_or(config, "moe_layer_freq", 1);
  for (std::uint64_t layer = first; layer < model.layers.size(); ++layer) {
    if (layer % period == 0) model.layers[layer] = LayerKind::experts;
  }
  if (model.expert_layer_count() == 0) return model;
  const std::uint64_t width = number(config, "moe_intermediate_size");
  model.experts = Experts{.count = number(config, "n_routed_experts"),
                          .active = number(config, "num_experts_per_tok"),
                          .width = width,
                          .shared_width = width * number_or(config, "n_shared_experts", 0)};
  return model;
}

TransformerModel read_deepseek_v3(const JsonFields& config) {
  TransformerModel model = read_deepseek_v2(config);
  if (model.experts) model.experts->selection_bias = true;
  return model;
}

// LayerNorm and biases everywhere, a plain MLP.
void read_as_gpt(TransformerModel& model) {
  model.norm = NormKind::layer;
  model.mlp.kind = MlpKind::plain;
  model.mlp.bias = true;
  model.attention.bias = AttentionBias::all;
}

TransformerModel read_gpt2(const JsonFields& config) {
  TransformerModel model;
  read_as_gpt(model);
  model.hidden = number(config, "n_embd");
  model.layers.assign(layers_field(config, "n_layer"), LayerKind::dense);
  model.vocabulary = number(config, "vocab_size");
  // Older files call the number of positions n_ctx.
  model.context = number_or(config, "n_positions", number_or(config, "n_ctx", 1024));
  model.position = PositionKind::learned;
  model.mlp.width = number_or(config, "n_inner", 4 * model.hidden);
  model.tied_embeddings = config.value_or("tie_word_embeddings", true);
  model.attention.heads = number(config, "n_head");
  model.attention.kv_heads = model.attention.heads;
  model.attention.head_dim = model.hidden / model.attention.heads;
  model.dropout = config.value_or("resid_pdrop", 0.1) > 0;
  return model;
}

TransformerModel read_gpt_neox(const JsonFields& config) {
  TransformerModel model = decoder(config, true);
  const AttentionBias bias = model.attention.bias;
  read_as_gpt(model);
  model.attention.bias = bias;
  if (config.value_or("use_parallel_residual", true)) model.order = BlockOrder::parallel;
  model.dropout = config.value_or("hidden_dropout", 0.0) > 0;
  return model;
}

constexpr std::array types = {
    NamedEntry<HuggingFaceReader>{"llama", "Llama 1 to 3 and what is built like them.", read_llama},
    NamedEntry<HuggingFaceReader>{"mistral", "Mistral: Llama's layers with a sliding window.", read_mistral},
    NamedEntry<HuggingFaceReader>{"mixtral", "Mixtral: Mistral's attention with experts in every layer.", read_mixtral},
    NamedEntry<HuggingFaceReader>{"qwen2", "Qwen 2 and 2.5: biases on queries, keys and values.", read_qwen2},
    NamedEntry<HuggingFaceReader>{"qwen2_moe", "Qwen 2 with experts, shared ones beside a gate.", read_qwen2_moe},
    NamedEntry<HuggingFaceReader>{"qwen3", "Qwen 3: queries and keys are normed.", read_qwen3},
    NamedEntry<HuggingFaceReader>{"qwen3_moe", "Qwen 3 with experts.", read_qwen3_moe},
    NamedEntry<HuggingFaceReader>{"deepseek_v2", "DeepSeek-V2: latent attention, shared experts.", read_deepseek_v2},
    NamedEntry<HuggingFaceReader>{"deepseek_v3", "DeepSeek-V3 and R1: the same with prediction modules.",
                                  read_deepseek_v3},
    NamedEntry<HuggingFaceReader>{"gpt2", "GPT-2: learned positions, tied embeddings.", read_gpt2},
    NamedEntry<HuggingFaceReader>{"gpt_neox", "GPT-NeoX and Pythia: parallel blocks.", read_gpt_neox},
};

// These files write null for what is not set.
Json without_nulls(const Json& config) {
  Json kept = Json::object();
  for (const auto& [key, value] : config.items()) {
    if (!value.is_null()) kept[key] = value;
  }
  return kept;
}

bool is_known(const std::string& type) {
  for (const auto& entry : types) {
    if (entry.name == type) return true;
  }
  return false;
}

}  // namespace

std::span<const NamedEntry<HuggingFaceReader>> hugging_face_types() {
  return types;
}

TransformerModel read_hugging_face(const Json& config, const std::string& file, const std::string& path) {
  if (!config.is_object()) wrong_kind(config, path.empty() ? file : file + ": " + path, "an object {…}");
  const Json stated = without_nulls(config);
  const JsonFields fields(stated, file, path);
  const auto type = fields.required<std::string>("model_type");
  if (!is_known(type) && stated.contains("text_config")) {
    TransformerModel model =
        read_hugging_face(stated["text_config"], file, path.empty() ? "text_config" : path + ".text_config");
    model.notes.push_back("only the text part of this model of type '" + excerpt(type) + "' is modelled");
    return model;
  }
  const HuggingFaceReader read =
      find_entry(hugging_face_types(), type, "model type", fields.where("model_type")).function;
  TransformerModel model = read(fields);
  model.name = fields.value_or<std::string>("_name_or_path", "");
  if (model.name.empty()) model.name = type;
  check_transformer(model, fields.where());
  return model;
}

TransformerModel load_hugging_face(const std::string& path) {
  return read_hugging_face(parse_json(read_text_file(path, std::size_t{1} << 24), path), path);
}

}  // namespace lockstep::workloads
