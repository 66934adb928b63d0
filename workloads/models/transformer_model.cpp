#include "workloads/models/transformer_model.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "workloads/models/parameters.hpp"

namespace lockstep::workloads {
namespace {

class Check {
 public:
  explicit Check(const std::string& where) : where_(where) {}

  void that(bool fine, const std::string& problem, const std::string& suggestion = "") const {
    if (!fine) throw InputError({.where = where_, .problem = problem, .suggestion = suggestion});
  }
  void divides(std::uint64_t divisor, std::uint64_t number, const std::string& what) const {
    that(divisor > 0 && number % divisor == 0,
         what + ": " + std::to_string(number) + " is not divisible by " + std::to_string(divisor));
  }

 private:
  const std::string& where_;
};

void check_attention(const Attention& attention, const Check& check) {
  check.that(attention.heads > 0, "a transformer needs attention heads");
  if (attention.latent) {
    const LatentAttention& latent = *attention.latent;
    check.that(latent.kv_rank > 0 && latent.value_dim > 0 && latent.nope_dim + latent.rope_dim > 0,
               "latent attention needs kv_lora_rank, qk_nope_head_dim, qk_rope_head_dim and v_head_dim");
    return;
  }
  check.that(attention.head_dim > 0, "the width of an attention head is 0", "state head_dim");
  check.divides(attention.kv_heads, attention.heads, "heads in groups that share keys and values");
}

void check_experts(const TransformerModel& model, const Check& check) {
  const bool has_expert_layers = model.expert_layer_count() > 0;
  check.that(has_expert_layers == model.experts.has_value(),
             has_expert_layers ? "there are expert layers, but no experts" : "there are experts, but no layer has them",
             "state experts, active_experts_per_token and ffn_per_expert, and leave layers that are not dense");
  if (!model.experts) return;
  check.that(model.experts->count > 0 && model.experts->width > 0, "experts need a number and a width");
  check.that(model.experts->active > 0 && model.experts->active <= model.experts->count,
             "a token takes " + std::to_string(model.experts->active) + " of " + std::to_string(model.experts->count) +
                 " experts");
}

}  // namespace

std::uint64_t TransformerModel::expert_layer_count() const {
  return static_cast<std::uint64_t>(std::count(layers.begin(), layers.end(), LayerKind::experts));
}

void check_transformer(const TransformerModel& model, const std::string& where) {
  const Check check(where);
  check.that(!model.layers.empty(), "a transformer needs layers");
  check.that(model.hidden > 0, "the width of the model is 0", "state hidden_dim");
  check.that(model.vocabulary > 0, "the vocabulary is empty", "state vocab");
  check_attention(model.attention, check);
  check_experts(model, check);
  check.that(model.mlp.width > 0 || model.expert_layer_count() == model.layer_count(),
             "the width of the dense layers' MLP is 0", "state ffn");
  check.that(model.position == PositionKind::rotary || model.context > 0, "learned positions need the longest sequence",
             "state context");
  // Counts are exact as long as a double holds them too.
  check.that(estimated_parameters(model) < 0x1p53, "the model has more than 9e15 parameters");
}

}  // namespace lockstep::workloads
