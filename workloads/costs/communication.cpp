#include "workloads/costs/communication.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

double real(std::uint64_t number) {
  return static_cast<double>(number);
}

double others_of(double members) {
  return (members - 1) / members;
}

GradientBytes bytes_of(const RankParameters& parameters, double each) {
  return {.dense = Bytes(each * parameters.dense), .experts = Bytes(each * parameters.experts)};
}

}  // namespace

LayerTraffic layer_traffic(const TransformerModel& model, LayerKind kind, const Execution& execution) {
  const ParallelPlan& plan = execution.plan;
  const double element = element_bytes(execution.precision);
  LayerTraffic traffic;
  if (plan.tensor > 1) {
    traffic.tensor = Bytes(element * execution.tokens() * real(model.hidden));
    traffic.tensor_times = model.order == BlockOrder::parallel ? 1 : 2;
  }
  if (plan.context > 1) {
    const Attention& attention = model.attention;
    const std::uint64_t heads = attention.key_heads();
    const double heads_here = real(heads) / real(std::min<std::uint64_t>(heads, plan.tensor));
    traffic.context_hop =
        Bytes(element * execution.tokens() * heads_here * real(attention.query_dim() + attention.value_dim()));
  }
  if (kind == LayerKind::experts && plan.expert > 1) {
    traffic.expert = Bytes(element * execution.divided_tokens() * real(model.experts->active) * real(model.hidden));
  }
  return traffic;
}

Bytes pipeline_traffic(const TransformerModel& model, const Execution& execution) {
  return Bytes(element_bytes(execution.precision) * execution.divided_tokens() * real(model.hidden));
}

GradientBytes gradients_of_stage(const Model& model, const Execution& execution, std::uint32_t stage) {
  return bytes_of(parameters_of_stage(model, execution.plan, stage), execution.gradient_bytes);
}

GradientBytes gradients_of_layer(const Model& model, const Execution& execution, LayerKind kind) {
  return bytes_of(parameters_of_layer(model, execution.plan, kind), execution.gradient_bytes);
}

TrafficVolumes traffic_volumes(const Model& model, const Execution& execution, std::uint64_t microbatches) {
  const ParallelPlan& plan = execution.plan;
  TrafficVolumes volumes;
  const double gathers = plan.zero == 3 ? 3 : 2;
  const GradientBytes gradients = gradients_of_stage(model, execution, 0);
  volumes.gradients = gathers * others_of(real(plan.gradient_ranks())) * gradients.dense;
  volumes.expert_gradients = gathers * others_of(real(plan.expert_gradient_ranks())) * gradients.experts;
  const auto* transformer = std::get_if<TransformerModel>(&model);
  if (transformer == nullptr) return volumes;
  const double passes = real(microbatches);
  for (const std::uint32_t chunk : chunks_of_stage(plan, 0)) {
    const LayerRange range = layers_of_chunk(plan, transformer->layer_count(), chunk);
    for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
      const LayerTraffic one = layer_traffic(*transformer, transformer->layers[layer], execution);
      volumes.tensor += passes * 2 * one.tensor_times * 2 * others_of(plan.tensor) * one.tensor;
      volumes.context += passes * 3 * (plan.context - 1.0) * one.context_hop;
      volumes.expert += passes * 4 * others_of(plan.expert) * one.expert;
    }
    if (plan.pipeline > 1) volumes.pipeline += passes * pipeline_traffic(*transformer, execution);
  }
  return volumes;
}

}  // namespace lockstep::workloads
