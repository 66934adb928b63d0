// The lines of the table for pipelines whose backward is cut in two, or overlaps with a forward.
#include "validation/closed_forms/pipeline_form.hpp"

namespace lockstep::validation {
namespace {

using Answer = std::optional<Prediction>;

Answer h1(const PipelineSituation& at) {
  return Prediction{zb_h1(at.shape(), at.mean().split())};
}

Answer h2(const PipelineSituation& at) {
  return Prediction{zb_h2(at.shape(), at.mean().split())};
}

Answer v(const PipelineSituation& at) {
  return Prediction{zb_v(at.shape(), at.mean().split().sum() / 3)};
}

DualPipeCost chunk_cost(const StageShare& share, double chunks) {
  return {.forward = share.forward / chunks,
          .backward = share.backward / chunks,
          .weight_gradient = share.weight_gradient / chunks,
          .overlapped = share.overlapped / chunks};
}

Answer two_directions(const PipelineSituation& at) {
  return Prediction{dual_pipe(at.shape(), chunk_cost(at.mean(), 1))};
}

// DualPipe of twice the stages and microbatches, half a stage each.
Answer half_of_two_directions(const PipelineSituation& at) {
  const PipelineShape twice{.stages = 2 * at.shape().stages, .microbatches = 2 * at.shape().microbatches};
  return Prediction{dual_pipe(twice, chunk_cost(at.mean(), 2))};
}

}  // namespace

std::vector<PipelineForm> split_backward_forms() {
  return {
      {.id = "P13",
       .title = "ZB-H1",
       .formula = "M(F+B+W) + (P-1)max(F, B, F+B-W)",
       .source = "Qi et al. 2024, its order; with a flush",
       .schedules = {"zb_h1"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers, &a_microbatch_for_each_stage},
       .predict = h1},
      {.id = "P14",
       .title = "ZB-H2",
       .formula = "M(F+B+W) + (P-1)max(F, F+B-2W, B-F)",
       .source = "Qi et al. 2024, its order; with a flush",
       .schedules = {"zb_h2"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers, &microbatches_for_twice_the_warm_up},
       .predict = h2},
      {.id = "P15",
       .title = "ZB-V",
       .formula = "3MF + (P-1)F/2",
       .source = "Qi et al. 2024, its order; with a flush",
       .schedules = {"zb_v"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers, &equal_parts,
                       &microbatches_for_twice_the_warm_up},
       .predict = v},
      {.id = "P16",
       .title = "DualPipe",
       .formula = "(M-P-1)FB + (P+1)(F+Bf) + (P/2-1)(FB+F-2W)",
       .source = "DeepSeek-AI 2024, its order",
       .schedules = {"dualpipe"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers, &microbatches_for_both_directions,
                       &weight_gradient_shortest},
       .predict = two_directions},
      {.id = "P16",
       .title = "DualPipeV",
       .formula = "DualPipe of 2P stages and 2M microbatches, with half of each time",
       .source = "DeepSeek-AI 2024, its order",
       .schedules = {"dualpipe_v"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers, &microbatches_for_both_directions,
                       &weight_gradient_shortest},
       .predict = half_of_two_directions},
  };
}

}  // namespace lockstep::validation
