#pragma once

#include "validation/closed_forms/pipelines.hpp"

// Pipelines whose backward is cut in two, or overlaps with a forward. Qi et al. 2024, "Zero bubble pipeline
// parallelism"; Qi et al. 2024, "Pipeline parallelism with controllable memory"; DeepSeek-AI 2024, "DeepSeek-V3
// technical report". The papers' bubbles are of spans, from a stage's first start to its last end, which is the step
// only if no stage waits for another before its optimizer; these are makespans from the same orders.
namespace lockstep::validation {

// What a device's whole share of one microbatch takes: F, B for the input gradient alone, and W for that of the
// weights.
struct SplitCost {
  Seconds forward;
  Seconds input_gradient;
  Seconds weight_gradient;

  Seconds sum() const { return forward + input_gradient + weight_gradient; }
};

// P13, ZB-H1, M ≥ P: M(F+B+W) + (P-1)max(F, B, F+B-W); its longest span: M(F+B+W) + (P-1)max(B, F+B-W).
Seconds zb_h1(const PipelineShape& shape, const SplitCost& cost);
Seconds zb_h1_span(const PipelineShape& shape, const SplitCost& cost);
// P14, ZB-H2, M ≥ 2P-1: M(F+B+W) + (P-1)max(F, F+B-2W, B-F); its longest span: M(F+B+W) + (P-1)max(0, F+B-2W, B-F).
Seconds zb_h2(const PipelineShape& shape, const SplitCost& cost);
Seconds zb_h2_span(const PipelineShape& shape, const SplitCost& cost);
// P15, ZB-V with F = B = W and M ≥ 2P-1: 3MF + (P-1)F/2; its longest span: 3MF.
Seconds zb_v(const PipelineShape& shape, Seconds forward);
Seconds zb_v_span(const PipelineShape& shape, Seconds forward);

// P16, DualPipe with P and M even, M ≥ 2P and F ≥ Bf-W ≥ W, where Bf is the whole backward and FB an overlapped pair:
// (M-P-1)FB + (P+1)(F+Bf) + (P/2-1)(FB+F-2W). The published bubble is this one iff F = Bf-W.
struct DualPipeCost {
  Seconds forward;
  Seconds backward;
  Seconds weight_gradient;
  Seconds overlapped;
};
Seconds dual_pipe(const PipelineShape& shape, const DualPipeCost& cost);

// The most chunks that a stage holds. ZB-H1 until the input gradient: P-s; ZB-H2: 2(P-s)-1; ZB-V until the weight
// gradient, in half stages: 2P; DualPipe: P+1.
std::uint64_t zb_h1_peak(const PipelineShape& shape, std::uint32_t stage);
std::uint64_t zb_h2_peak(const PipelineShape& shape, std::uint32_t stage);
std::uint64_t zb_v_peak(const PipelineShape& shape);
std::uint64_t dual_pipe_peak(const PipelineShape& shape);

}  // namespace lockstep::validation
