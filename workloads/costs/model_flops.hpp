#pragma once

#include "base/quantity.hpp"
#include "workloads/models/model.hpp"

namespace lockstep::workloads {

// How attention is counted in the flops of a model, on which MFU stands.
enum class FlopConvention : std::uint8_t {
  attended,  // the products that causal masks and windows leave: s (s + 1) / 2 of s² for causal attention
  full       // all s², as PaLM (arXiv 2204.02311, appendix B) and Megatron-LM's papers count
};
const char* to_text(FlopConvention convention);

// Products of matrices that a model needs for one sequence, whatever hardware and plan: 2 per weight and token, and
// attention. Norms, activation functions and the optimizer do not count.
struct ModelFlops {
  Flops weights = {};     // forward: 2 N s, N the weights that one token is multiplied by, vocabulary head included
  Flops attention = {};   // forward
  Flops layers = {};      // forward, of both, without the vocabulary head
  Flops prediction = {};  // forward, of multi-token-prediction modules, heads and attention included

  Flops forward() const { return weights + attention + prediction; }
  // Backward is twice as much.
  Flops training() const { return 3.0 * forward(); }
  // What is executed where every layer's forward pass runs twice.
  Flops training_with_full_recompute() const { return training() + layers; }
};
ModelFlops model_flops(const Model& model, std::uint64_t sequence_length, FlopConvention convention);

// Shares of the peak: what the model needs (MFU), what is executed (HFU).
inline double utilization(Flops flops_of_step, Seconds step, double devices, FlopRate peak) {
  return flops_of_step / (step * devices * peak);
}

}  // namespace lockstep::workloads
