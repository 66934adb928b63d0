#include "workloads/costs/chunks.hpp"

#include <functional>

namespace lockstep::workloads {
namespace {

using Visit = std::function<void(const std::vector<Operator>&, Recompute, double times)>;

// Equal layers are visited once, with their number.
void visit_chunk(const Model& model, const Execution& execution, std::uint32_t chunk, const Visit& visit) {
  const auto* transformer = std::get_if<TransformerModel>(&model);
  const ParallelPlan& plan = execution.plan;
  if (transformer == nullptr) {
    const auto& sampled = std::get<SampledModel>(model);
    const LayerRange range = layers_of_chunk(plan, sampled.layers, chunk);
    visit(layer_operators(sampled, execution), execution.recompute, static_cast<double>(range.count));
    return;
  }
  const LayerRange range = layers_of_chunk(plan, transformer->layer_count(), chunk);
  if (chunk == 0) visit(input_operators(*transformer, execution), Recompute::none, 1);
  double dense = 0;
  double experts = 0;
  for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
    (transformer->layers[layer] == LayerKind::experts ? experts : dense) += 1;
  }
  if (dense > 0) visit(layer_operators(*transformer, LayerKind::dense, execution), execution.recompute, dense);
  if (experts > 0) visit(layer_operators(*transformer, LayerKind::experts, execution), execution.recompute, experts);
  if (chunk + 1 != plan.chunks()) return;
  visit(output_operators(*transformer, execution), Recompute::none, 1);
  if (transformer->mtp_depth == 0) return;
  visit(prediction_operators(*transformer, execution), Recompute::none, static_cast<double>(transformer->mtp_depth));
}

}  // namespace

PassWork work_of_chunk(const Model& model, const Execution& execution, std::uint32_t chunk) {
  PassWork sum;
  visit_chunk(model, execution, chunk, [&](const auto& operators, Recompute recompute, double times) {
    const PassWork one = work_of(operators, recompute);
    sum.forward += times * one.forward;
    sum.backward_input += times * one.backward_input;
    sum.backward_weight += times * one.backward_weight;
    sum.recompute += times * one.recompute;
  });
  return sum;
}

PassTimes times_of_chunk(const Model& model, const Execution& execution, std::uint32_t chunk, const DeviceRates& rates,
                         const EfficiencyModel& efficiency) {
  PassTimes sum;
  visit_chunk(model, execution, chunk, [&](const auto& operators, Recompute recompute, double times) {
    const PassTimes one = times_of(operators, recompute, rates, efficiency);
    sum += {.forward = times * one.forward,
            .backward_input = times * one.backward_input,
            .backward_weight = times * one.backward_weight,
            .recompute = times * one.recompute};
  });
  return sum;
}

Flops executed_flops(const Model& model, const Execution& execution, std::uint64_t microbatches) {
  Flops of_pipeline(0);
  for (std::uint32_t chunk = 0; chunk < execution.plan.chunks(); ++chunk) {
    const PassWork work = work_of_chunk(model, execution, chunk);
    of_pipeline += work.forward.flops + work.backward_input.flops + work.backward_weight.flops + work.recompute.flops;
  }
  const double pipelines = static_cast<double>(execution.plan.ranks()) / execution.plan.pipeline;
  return static_cast<double>(microbatches) * pipelines * of_pipeline;
}

}  // namespace lockstep::workloads
