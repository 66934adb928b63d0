#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"
#include "workloads/models/model.hpp"
#include "workloads/training/execution.hpp"

// What one rank computes for one microbatch, operator by operator. Each equation is in docs/models.md.
namespace lockstep::workloads {

enum class OperatorKind : std::uint8_t {
  projection,   // a dense matrix product
  experts,      // matrix products of the experts, one after the other
  attention,    // scores and their products with the values
  head,         // the product with the vocabulary
  norm,         // these four and the optimizer are bound by memory: they are counted in bytes alone
  elementwise,  // activation functions, residual sums, rotations, softmax
  embedding,
  loss,
  optimizer,
  whole  // a layer of a model of which only size and work are known
};
constexpr std::size_t operator_kind_count = 10;
std::span<const char* const> operator_kind_names();
const char* to_text(OperatorKind kind);

// Work as the hardware does it.
struct OperatorWork {
  Flops flops = {};
  Bytes bytes = {};  // to and from the device's memory

  OperatorWork& operator+=(const OperatorWork& other);
  friend OperatorWork operator+(OperatorWork a, const OperatorWork& b) { return a += b; }
  friend OperatorWork operator*(double factor, const OperatorWork& work) {
    return {factor * work.flops, factor * work.bytes};
  }
};

struct Operator {
  std::string_view name;  // a text that outlives everything
  OperatorKind kind = OperatorKind::projection;
  OperatorWork forward = {};
  OperatorWork backward_input = {};        // for the gradient of what came in
  OperatorWork backward_weight = {};       // for the gradient of the weights, which nobody waits for
  bool between_scores_and_values = false;  // worked out again under selective recompute
};

// Operators of one layer, in order; before the first layer (look-up); after the last (norm, head, loss); and of one
// multi-token-prediction module, head and loss included.
std::vector<Operator> layer_operators(const TransformerModel& model, LayerKind kind, const Execution& execution);
std::vector<Operator> input_operators(const TransformerModel& model, const Execution& execution);
std::vector<Operator> output_operators(const TransformerModel& model, const Execution& execution);
std::vector<Operator> prediction_operators(const TransformerModel& model, const Execution& execution);
// A layer of a model of which little is known: forward flops, and twice that backwards.
std::vector<Operator> layer_operators(const SampledModel& model, const Execution& execution);

// Once per step: `parameters` of which this rank updates the states; `state_bytes` each of optimizer state.
Operator optimizer_operator(double parameters, double state_bytes, const Execution& execution);

// What a microbatch does in one pass through the operators.
struct PassWork {
  OperatorWork forward = {};
  OperatorWork backward_input = {};  // without what is worked out again
  OperatorWork backward_weight = {};
  OperatorWork recompute = {};  // before the backward pass
};
PassWork work_of(std::span<const Operator> operators, Recompute recompute);

// How many keys a query meets on average: causal attention over s tokens meets (s + 1) / 2, or less through a window.
double keys_met(const Attention& attention, std::uint64_t sequence_length);

}  // namespace lockstep::workloads
