#pragma once

#include <span>

#include "validation/closed_forms/bracket.hpp"
#include "validation/closed_forms/pipelines.hpp"

// Pipelines of unequal stages whose times do not change from microbatch to microbatch. As max-plus recurrences:
// Baccelli et al. 1992, "Synchronization and linearity"; flow shops with two passes.
namespace lockstep::validation {

// P03, GPipe: ΣF_s + (M-1)max F + ΣB_s + (M-1)max B.
Seconds gpipe_of_stages(std::span<const StageCost> stages, std::uint32_t microbatches);

// P04, 1F1B, which has no closed form: with t = F+B, R_q = Σ_{i>q} t_i and w = P-1-q at least
// max_{q: w<M} Σ_{i<q} t_i + M t_q + (R_q - wF_q)⁺ + (R_q - wB_q)⁺, at most P03.
Bracket one_forward_one_backward_of_stages(std::span<const StageCost> stages, std::uint32_t microbatches);

// P05, 1F1B where stage q takes s ≥ 1 times as long as the others, M ≥ P-q: with w = P-1-q
// q(F+B) + Ms(F+B) + w((F+B-sF)⁺ + (F+B-sB)⁺).
struct SlowStage {
  std::uint32_t stage = 0;  // q
  double factor = 1;        // s
};
Seconds one_forward_one_backward_with_slow_stage(const PipelineShape& shape, const StageCost& cost,
                                                 const SlowStage& slow);

// What P09 does to stages: a hop of c keeps its sender, all but the last going forward and all but the first going
// back.
StageCost with_occupied_sender(StageCost cost, const PipelineShape& shape, std::uint32_t stage, Seconds transfer);

}  // namespace lockstep::validation
