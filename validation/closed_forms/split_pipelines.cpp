#include "validation/closed_forms/split_pipelines.hpp"

#include <algorithm>

namespace lockstep::validation {
namespace {

Seconds with_bubble(const PipelineShape& shape, const SplitCost& cost, Seconds each) {
  return shape.microbatches * cost.sum() + (double(shape.stages) - 1) * each;
}

}  // namespace

Seconds zb_h1(const PipelineShape& shape, const SplitCost& cost) {
  const Seconds exposed = cost.forward + cost.input_gradient - cost.weight_gradient;
  return with_bubble(shape, cost, std::max({cost.forward, cost.input_gradient, exposed}));
}

Seconds zb_h1_span(const PipelineShape& shape, const SplitCost& cost) {
  const Seconds exposed = cost.forward + cost.input_gradient - cost.weight_gradient;
  return with_bubble(shape, cost, std::max(cost.input_gradient, exposed));
}

Seconds zb_h2(const PipelineShape& shape, const SplitCost& cost) {
  const Seconds exposed = cost.forward + cost.input_gradient - 2 * cost.weight_gradient;
  return with_bubble(shape, cost, std::max({cost.forward, exposed, cost.input_gradient - cost.forward}));
}

Seconds zb_h2_span(const PipelineShape& shape, const SplitCost& cost) {
  const Seconds exposed = cost.forward + cost.input_gradient - 2 * cost.weight_gradient;
  return with_bubble(shape, cost, std::max({Seconds(0), exposed, cost.input_gradient - cost.forward}));
}

Seconds zb_v(const PipelineShape& shape, Seconds forward) {
  return zb_v_span(shape, forward) + (double(shape.stages) - 1) * forward / 2;
}

Seconds zb_v_span(const PipelineShape& shape, Seconds forward) {
  return 3 * double(shape.microbatches) * forward;
}

Seconds dual_pipe(const PipelineShape& shape, const DualPipeCost& cost) {
  const double stages = shape.stages;
  return (shape.microbatches - stages - 1) * cost.overlapped + (stages + 1) * (cost.forward + cost.backward) +
         (stages / 2 - 1) * (cost.overlapped + cost.forward - 2 * cost.weight_gradient);
}

std::uint64_t zb_h1_peak(const PipelineShape& shape, std::uint32_t stage) {
  return shape.stages - stage;
}

std::uint64_t zb_h2_peak(const PipelineShape& shape, std::uint32_t stage) {
  return 2 * (std::uint64_t{shape.stages} - stage) - 1;
}

std::uint64_t zb_v_peak(const PipelineShape& shape) {
  return 2 * std::uint64_t{shape.stages};
}

std::uint64_t dual_pipe_peak(const PipelineShape& shape) {
  return std::uint64_t{shape.stages} + 1;
}

}  // namespace lockstep::validation
