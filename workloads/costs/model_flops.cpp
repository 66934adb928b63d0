#include "workloads/costs/model_flops.hpp"

#include "workloads/costs/operators.hpp"

namespace lockstep::workloads {
namespace {

// Weights of matrices that a token passes: a table is looked up, vectors scale.
double multiplied(const std::vector<Weight>& weights) {
  double sum = 0;
  for (const Weight& weight : weights) {
    if (weight.is_matrix()) {
      sum +=
          static_cast<double>(weight.uses) * static_cast<double>(weight.inputs) * static_cast<double>(weight.outputs);
    }
  }
  return sum;
}

// One layer's scores and values for one sequence.
Flops attention_flops(const TransformerModel& model, std::uint64_t sequence_length, FlopConvention convention) {
  const Attention& attention = model.attention;
  const auto length = static_cast<double>(sequence_length);
  const double met = convention == FlopConvention::full ? length : keys_met(attention, sequence_length);
  const auto width = static_cast<double>(attention.heads * (attention.query_dim() + attention.value_dim()));
  return Flops(2 * length * met * width);
}

ModelFlops transformer_flops(const TransformerModel& model, std::uint64_t sequence_length, FlopConvention convention) {
  ModelFlops flops;
  const double per_weight = 2 * static_cast<double>(sequence_length);
  const auto expert_layers = static_cast<double>(model.expert_layer_count());
  const double all_layers = static_cast<double>(model.layer_count());
  double in_layers = 0;
  if (all_layers > expert_layers) {
    in_layers += (all_layers - expert_layers) * multiplied(layer_weights(model, LayerKind::dense));
  }
  if (expert_layers > 0) in_layers += expert_layers * multiplied(layer_weights(model, LayerKind::experts));
  const double head = multiplied(output_weights(model));
  const Flops attention = attention_flops(model, sequence_length, convention);
  flops.weights = Flops(per_weight * (in_layers + head));
  flops.attention = all_layers * attention;
  flops.layers = Flops(per_weight * in_layers) + flops.attention;
  if (model.mtp_depth > 0) {
    const double each = multiplied(prediction_weights(model)) + head;
    flops.prediction = static_cast<double>(model.mtp_depth) * (Flops(per_weight * each) + attention);
  }
  return flops;
}

}  // namespace

const char* to_text(FlopConvention convention) {
  return convention == FlopConvention::full ? "full" : "attended";
}

ModelFlops model_flops(const Model& model, std::uint64_t sequence_length, FlopConvention convention) {
  if (const auto* transformer = std::get_if<TransformerModel>(&model)) {
    return transformer_flops(*transformer, sequence_length, convention);
  }
  const Flops flops = std::get<SampledModel>(model).forward_flops_of_sequence(sequence_length);
  return {.weights = flops, .layers = flops};
}

}  // namespace lockstep::workloads
