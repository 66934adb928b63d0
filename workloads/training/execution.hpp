#pragma once

#include <cstdint>
#include <string>

#include "base/quantity.hpp"
#include "workloads/plan/parallel_plan.hpp"

namespace lockstep::workloads {

// What weights and activations are kept and multiplied in.
enum class Precision : std::uint8_t { bf16, fp16, fp32, fp8 };
// What is thrown away after the forward pass and worked out again: nothing, what lies between the scores and the
// values of attention, or all but each layer's input (Korthikanti et al., arXiv 2205.05198, section 5).
enum class Recompute : std::uint8_t { none, selective, full };
// Whether attention keeps its scores: FlashAttention (Dao et al., arXiv 2205.14135) works them out again instead.
enum class AttentionKernel : std::uint8_t { flash, unfused };

const char* to_text(Precision precision);
const char* to_text(Recompute recompute);
const char* to_text(AttentionKernel kernel);

// Bytes of one activation. fp8 is a format of multiplications; what is kept stays in 16 bits.
constexpr double element_bytes(Precision precision) {
  return precision == Precision::fp32 ? 4 : 2;
}

// How the layers of a model are run on one rank: what costs and memory depend on besides the model.
struct Execution {
  ParallelPlan plan = {};
  std::uint64_t microbatch = 1;       // sequences
  std::uint64_t sequence_length = 1;  // tokens
  Precision precision = Precision::bf16;
  Recompute recompute = Recompute::none;
  AttentionKernel attention = AttentionKernel::flash;
  double gradient_bytes = 2;  // of one weight's gradient
  double expert_load = 1;     // tokens of this rank's experts, of what equal loads would be

  // Tokens of a microbatch on this rank: all of its own context share, and what is left of them where sequence
  // parallelism divides them among the tensor ranks.
  double tokens() const {
    return static_cast<double>(microbatch) * static_cast<double>(sequence_length) / plan.context;
  }
  double divided_tokens() const { return plan.sequence_parallel ? tokens() / plan.tensor : tokens(); }
};

}  // namespace lockstep::workloads
