#include "validation/closed_forms/unequal_pipelines.hpp"

#include <algorithm>

namespace lockstep::validation {
namespace {

Seconds positive(Seconds time) {
  return std::max(time, Seconds(0));
}

}  // namespace

Seconds gpipe_of_stages(std::span<const StageCost> stages, std::uint32_t microbatches) {
  Seconds sum;
  StageCost most;
  for (const StageCost& stage : stages) {
    sum += stage.both();
    most.forward = std::max(most.forward, stage.forward);
    most.backward = std::max(most.backward, stage.backward);
  }
  return sum + (double(microbatches) - 1) * most.both();
}

Bracket one_forward_one_backward_of_stages(std::span<const StageCost> stages, std::uint32_t microbatches) {
  Seconds after;  // R_q
  for (const StageCost& stage : stages) after += stage.both();
  Seconds before;
  Seconds lower;
  for (std::size_t q = 0; q < stages.size(); ++q) {
    const StageCost& stage = stages[q];
    after -= stage.both();
    const auto warm_up = static_cast<double>(stages.size() - 1 - q);
    if (warm_up < microbatches) {
      lower = std::max(lower, before + microbatches * stage.both() + positive(after - warm_up * stage.forward) +
                                  positive(after - warm_up * stage.backward));
    }
    before += stage.both();
  }
  return {.lower = lower, .upper = gpipe_of_stages(stages, microbatches)};
}

Seconds one_forward_one_backward_with_slow_stage(const PipelineShape& shape, const StageCost& cost,
                                                 const SlowStage& slow) {
  const double warm_up = double(shape.stages) - 1 - slow.stage;
  return (slow.stage + shape.microbatches * slow.factor) * cost.both() +
         warm_up *
             (positive(cost.both() - slow.factor * cost.forward) + positive(cost.both() - slow.factor * cost.backward));
}

StageCost with_occupied_sender(StageCost cost, const PipelineShape& shape, std::uint32_t stage, Seconds transfer) {
  if (stage + 1 < shape.stages) cost.forward += transfer;
  if (stage > 0) cost.backward += transfer;
  return cost;
}

}  // namespace lockstep::validation
