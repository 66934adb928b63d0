#include "validation/closed_forms/pipelines.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::validation {

Seconds flushed_pipeline(const PipelineShape& shape, const StageCost& cost) {
  return (double(shape.microbatches) + shape.stages - 1) * cost.both();
}

double bubble_fraction(const PipelineShape& shape) {
  const double idle = double(shape.stages) - 1;
  return idle / (double(shape.virtual_stages) * shape.microbatches + idle);
}

std::uint64_t microbatches_for_bubble(std::uint32_t stages, double fraction) {
  // A whole number stays one where division rounds it up: 7 · 0.9/0.1 is 63.
  constexpr double rounding = 1e-12;
  const double least = (double(stages) - 1) * (1 - fraction) / fraction;
  return std::max(std::uint64_t{1}, static_cast<std::uint64_t>(std::ceil(least * (1 - rounding))));
}

Seconds gpipe_with_transfers(const PipelineShape& shape, const StageCost& cost, Seconds transfer) {
  return flushed_pipeline(shape, cost) + 2 * (double(shape.stages) - 1) * transfer;
}

Seconds one_forward_one_backward_with_transfers(const PipelineShape& shape, const StageCost& cost, Seconds transfer) {
  const std::uint64_t later = shape.microbatches - std::uint64_t{1};
  const std::uint64_t hidden = (later + shape.stages - 1) / shape.stages;
  const auto exposed = static_cast<double>(shape.stages - 1 + later - hidden);
  return flushed_pipeline(shape, cost) + 2 * exposed * transfer;
}

Seconds eager_one_forward_one_backward(const PipelineShape& shape, const StageCost& cost, Seconds transfer) {
  return gpipe_with_transfers(shape, cost, transfer);
}

Seconds gpipe_with_occupied_senders(const PipelineShape& shape, const StageCost& cost, Seconds transfer) {
  if (shape.stages == 1) return flushed_pipeline(shape, cost);
  return flushed_pipeline(shape, cost) + 2 * (double(shape.microbatches) + shape.stages - 2) * transfer;
}

Seconds interleaved_pipeline(const PipelineShape& shape, const StageCost& cost) {
  return (shape.microbatches + (double(shape.stages) - 1) / shape.virtual_stages) * cost.both();
}

Seconds interleaved_pipeline_with_transfers(const PipelineShape& shape, const StageCost& cost, Seconds transfer) {
  const double chunks = double(shape.stages) * shape.virtual_stages;
  return interleaved_pipeline(shape, cost) + 2 * (chunks - 1) * transfer;
}

Seconds breadth_first_pipeline(const PipelineShape& shape, const StageCost& cost) {
  const double rounds = double(shape.virtual_stages) - 1;
  const double steps = rounds * std::max(shape.microbatches, shape.stages) + shape.microbatches + shape.stages - 1;
  return steps / shape.virtual_stages * cost.both();
}

std::uint64_t gpipe_peak(const PipelineShape& shape) {
  return shape.microbatches;
}

std::uint64_t one_forward_one_backward_peak(const PipelineShape& shape, std::uint32_t stage) {
  return std::min(shape.stages - stage, shape.microbatches);
}

std::uint64_t eager_peak(const PipelineShape& shape, std::uint32_t stage) {
  return std::min(2 * (std::uint64_t{shape.stages} - 1 - stage) + 1, std::uint64_t{shape.microbatches});
}

std::uint64_t interleaved_peak(const PipelineShape& shape, std::uint32_t stage) {
  const std::uint64_t all = std::uint64_t{shape.microbatches} * shape.virtual_stages;
  if (shape.microbatches == shape.stages) return all;
  const std::uint64_t rounds = shape.virtual_stages - std::uint64_t{1};
  return std::min(2 * (std::uint64_t{shape.stages} - stage - 1) + rounds * shape.stages + 1, all);
}

std::uint64_t breadth_first_peak(const PipelineShape& shape) {
  return std::uint64_t{shape.microbatches} * shape.virtual_stages;
}

}  // namespace lockstep::validation
