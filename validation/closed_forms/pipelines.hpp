#pragma once

#include <cstdint>

#include "base/quantity.hpp"

// Pipelines of equal stages and equal microbatches, from an idle start until all is flushed. Huang et al. 2019,
// "GPipe"; Narayanan et al. 2021, "Efficient large-scale language model training on GPU clusters using Megatron-LM";
// Lamy-Poirier 2023, "Breadth-first pipeline parallelism". What transfers add is the critical path of the same orders.
namespace lockstep::validation {

struct PipelineShape {
  std::uint32_t stages = 1;          // P, each a device
  std::uint32_t microbatches = 1;    // M
  std::uint32_t virtual_stages = 1;  // v, chunks of each device
};

// What a device's whole share of one microbatch takes: F, and B with the weight gradient.
struct StageCost {
  Seconds forward;
  Seconds backward;

  Seconds both() const { return forward + backward; }
};

// P01, GPipe, and P02, 1F1B, for every M ≥ 1: (M+P-1)(F+B).
Seconds flushed_pipeline(const PipelineShape& shape, const StageCost& cost);
// The idle share of the devices' time of both, and with P | M of interleaved 1F1B: (P-1)/(vM+P-1).
double bubble_fraction(const PipelineShape& shape);
// Z04, the fewest microbatches with which the bubble of P01 and P02 is no more than a fraction f: M ≥ (P-1)(1-f)/f.
std::uint64_t microbatches_for_bubble(std::uint32_t stages, double fraction);

// Transfers of c that keep nobody from computing. P06, GPipe: 2(P-1)c more, for any c.
Seconds gpipe_with_transfers(const PipelineShape& shape, const StageCost& cost, Seconds transfer);
// P07, 1F1B: 2c((P-1) + (M-1) - ⌈(M-1)/P⌉) more, for any c. Stage s has no more than P-s microbatches in flight, and a
// round trip is (P-s)(F+B) + 2(P-1-s)c, so that nearly every microbatch waits.
Seconds one_forward_one_backward_with_transfers(const PipelineShape& shape, const StageCost& cost, Seconds transfer);
// P08, eager 1F1B, which warms up with 2(P-1-s) forwards: 2(P-1)c more while c ≤ min(F, B).
Seconds eager_one_forward_one_backward(const PipelineShape& shape, const StageCost& cost, Seconds transfer);
// P09, GPipe where c keeps the sender from computing, P ≥ 2: 2(M+P-2)c more. 1F1B takes no longer (P04).
Seconds gpipe_with_occupied_senders(const PipelineShape& shape, const StageCost& cost, Seconds transfer);

// P10, interleaved 1F1B in Megatron's order, P | M: M(F+B) + (P-1)(F+B)/v.
Seconds interleaved_pipeline(const PipelineShape& shape, const StageCost& cost);
// P11, the same with transfers of c ≤ min(F, B)/v: 2(Pv-1)c more.
Seconds interleaved_pipeline_with_transfers(const PipelineShape& shape, const StageCost& cost, Seconds transfer);
// P12, breadth-first, for any M: ((v-1)max(M,P) + M+P-1)(F+B)/v.
Seconds breadth_first_pipeline(const PipelineShape& shape, const StageCost& cost);

// The most chunks that a stage holds between forward and backward. GPipe: M; 1F1B: min(P-s, M); eager 1F1B:
// min(2(P-1-s)+1, M); interleaved: min(2(P-s-1) + (v-1)P + 1, Mv), or all Mv with M = P; breadth-first: Mv.
std::uint64_t gpipe_peak(const PipelineShape& shape);
std::uint64_t one_forward_one_backward_peak(const PipelineShape& shape, std::uint32_t stage);
std::uint64_t eager_peak(const PipelineShape& shape, std::uint32_t stage);
std::uint64_t interleaved_peak(const PipelineShape& shape, std::uint32_t stage);
std::uint64_t breadth_first_peak(const PipelineShape& shape);

}  // namespace lockstep::validation
