#include "workloads/memory/activations.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

double real(std::uint64_t number) {
  return static_cast<double>(number);
}

// Sums bytes of one layer of one microbatch. Values that tensor parallelism leaves whole exist once per divided token,
// the others once per token on 1/tensor of the channels.
class Ledger {
 public:
  Ledger(const TransformerModel& model, const Execution& execution)
      : model_(model),
        execution_(execution),
        element_(element_bytes(execution.precision)),
        tensor_(execution.plan.tensor) {}

  double layer(LayerKind kind) {
    norms_and_masks();
    model_.attention.latent ? latent_attention() : grouped_attention();
    if (execution_.recompute == Recompute::none) scores();
    kind == LayerKind::experts ? experts() : mlp(model_.mlp.width);
    return bytes_;
  }

 private:
  void whole(double channels) { bytes_ += element_ * channels * execution_.divided_tokens(); }
  void divided(double channels) { bytes_ += element_ * channels * execution_.tokens() / tensor_; }

  // Inputs of two norms and of what follows them; parallel blocks norm the same input twice. Masks take one byte.
  void norms_and_masks() {
    const double hidden = real(model_.hidden);
    whole((model_.order == BlockOrder::parallel ? 3 : 4) * hidden);
    if (model_.dropout) bytes_ += 2 * hidden * execution_.divided_tokens();
  }

  // Queries, keys, values, and what the output projection is given.
  void grouped_attention() {
    const Attention& attention = model_.attention;
    const double keys =
        real(attention.kv_heads) / real(std::min<std::uint64_t>(attention.kv_heads, tensor())) * tensor_;
    const double width = real(attention.head_dim);
    divided((2 * real(attention.heads) + 2 * keys) * width);
    if (attention.query_key_norm) divided((real(attention.heads) + keys) * width);
  }

  // The narrow vectors before and after their norms, then the heads made of them.
  void latent_attention() {
    const Attention& attention = model_.attention;
    const LatentAttention& latent = *attention.latent;
    whole(2 * real(latent.query_rank) + 2 * real(latent.kv_rank) + real(latent.rope_dim));
    divided(2 * real(attention.heads) * real(attention.query_dim() + attention.value_dim()));
  }

  // Softmax and, where values are dropped, what is left and the mask.
  void scores() {
    if (execution_.attention == AttentionKernel::flash) return;
    const double met = real(model_.attention.heads) * real(execution_.sequence_length) / tensor_;
    bytes_ += (model_.dropout ? 2 * element_ + 1 : element_) * met * execution_.tokens();
  }

  double widths() const { return model_.mlp.kind == MlpKind::gated ? 3 : 2; }
  void mlp(std::uint64_t width) { divided(widths() * real(width)); }

  // Copies of tokens as they arrive, inside their experts, and as they leave.
  void experts() {
    const Experts& experts = *model_.experts;
    constexpr double logit_bytes = 4;  // routers work in 32 bits
    bytes_ += logit_bytes * real(experts.count) * execution_.divided_tokens();
    const double expert_tensor = execution_.plan.tensor_of_experts();
    const double copies = execution_.tokens() * real(experts.active) * expert_tensor / tensor_ * execution_.expert_load;
    bytes_ += element_ * copies * (2 * real(model_.hidden) + widths() * real(experts.width) / expert_tensor);
    if (experts.shared_width > 0) mlp(experts.shared_width);
  }

  std::uint32_t tensor() const { return execution_.plan.tensor; }

  const TransformerModel& model_;
  const Execution& execution_;
  double element_;
  double tensor_;
  double bytes_ = 0;
};

Bytes one_hidden(const TransformerModel& model, const Execution& execution) {
  return Bytes(element_bytes(execution.precision) * real(model.hidden) * execution.divided_tokens());
}

}  // namespace

LayerActivations layer_activations(const TransformerModel& model, LayerKind kind, const Execution& execution) {
  Execution without = execution;
  without.recompute = Recompute::none;
  LayerActivations activations{.everything = Bytes(Ledger(model, without).layer(kind))};
  activations.kept = execution.recompute == Recompute::full ? one_hidden(model, execution)
                                                            : Bytes(Ledger(model, execution).layer(kind));
  return activations;
}

LayerActivations layer_activations(const SampledModel& model, const Execution& execution) {
  const Bytes each = real(execution.microbatch) / real(model.layers) * model.activations;
  return {.kept = each, .everything = each};
}

Bytes input_activations(const TransformerModel& model, const Execution& execution) {
  return model.dropout ? Bytes(real(model.hidden) * execution.divided_tokens()) : Bytes(0);
}

// Korthikanti et al., section 4.3: 2sbh for the norm, 2sbh for the head's input, 4sbv for logits.
Bytes output_activations(const TransformerModel& model, const Execution& execution) {
  const Bytes logits(4 * execution.tokens() * real(model.vocabulary) / execution.plan.tensor);
  return 2.0 * one_hidden(model, execution) + logits;
}

Bytes prediction_activations(const TransformerModel& model, const Execution& execution) {
  return layer_activations(model, model.layers.back(), execution).kept + 4.0 * one_hidden(model, execution) +
         output_activations(model, execution);
}

}  // namespace lockstep::workloads
