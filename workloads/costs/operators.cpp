#include "workloads/costs/operators.hpp"

#include <algorithm>
#include <array>

namespace lockstep::workloads {
namespace {

constexpr std::array<const char*, operator_kind_count> kind_names = {
    "projection", "experts", "attention", "head", "norm", "elementwise", "embedding", "loss", "optimizer", "whole"};

double real(std::uint64_t number) {
  return static_cast<double>(number);
}

// Builds the operators of one rank.
class Costing {
 public:
  Costing(const TransformerModel& model, const Execution& execution)
      : model_(model), execution_(execution), element_(element_bytes(execution.precision)) {}

  std::vector<Operator> layer(LayerKind kind) {
    const std::vector<Weight> weights = layer_weights(model_, kind);
    for (const Weight& weight : weights) {
      if (weight.name == "attention_output") add_attention();
      if (weight.name == "down") add_activation(weight);
      if (weight.is_matrix()) {
        add_product(weight);
      } else {
        add_norm(weight);
      }
      if (weight.name == "attention_output") add_residual("attention_residual");
    }
    add_residual("mlp_residual");
    return std::move(operators_);
  }

  std::vector<Operator> input() {
    const double read_and_written = element_ * execution_.divided_tokens() * real(model_.hidden);
    const double gradients = 2 * execution_.gradient_bytes * execution_.divided_tokens() * real(model_.hidden);
    add_moves("word_embedding", OperatorKind::embedding, 2 * read_and_written, 0);
    operators_.back().backward_weight.bytes = Bytes(read_and_written + gradients);
    if (model_.position == PositionKind::learned) {
      add_moves("position_embedding", OperatorKind::embedding, 3 * read_and_written, 0);
      operators_.back().backward_weight.bytes = Bytes(read_and_written + gradients);
    }
    return std::move(operators_);
  }

  std::vector<Operator> output() {
    for (const Weight& weight : output_weights(model_)) {
      if (weight.is_matrix()) {
        add_product(weight);
        operators_.back().kind = OperatorKind::head;
      } else {
        add_norm(weight);
      }
    }
    // Logits are widened to 32 bits for the softmax, and its result becomes their gradient.
    const double logits = execution_.tokens() * real(model_.vocabulary) / execution_.plan.tensor;
    add_moves("loss", OperatorKind::loss, (element_ + 4) * logits, (4 + element_) * logits);
    return std::move(operators_);
  }

  std::vector<Operator> prediction() {
    std::vector<Operator> all;
    const auto take = [&](std::vector<Operator> some) { all.insert(all.end(), some.begin(), some.end()); };
    const std::vector<Weight> weights = prediction_weights(model_);
    for (const Weight& weight : weights) {
      if (weight.part == Part::prediction) {
        add_product(weight);
        break;
      }
      add_norm(weight);
    }
    take(std::move(operators_));
    operators_.clear();
    take(layer(model_.layers.back()));
    operators_.clear();
    take(output());
    return all;
  }

 private:
  // A matrix that tensor parallelism does not divide sees only the tokens that this rank holds.
  double tokens_of(const Weight& weight) const {
    if (weight.part == Part::routed_experts) return expert_tokens();
    return weight.division == Division::none ? execution_.divided_tokens() : execution_.tokens();
  }
  // Copies of tokens that come to this rank's experts: equal loads keep the number of tokens per tensor rank.
  double expert_tokens() const {
    return execution_.tokens() * real(model_.experts->active) * execution_.plan.tensor_of_experts() /
           execution_.plan.tensor * execution_.expert_load;
  }
  double shards_of(const Weight& weight) const {
    const std::uint32_t tensor =
        weight.part == Part::routed_experts ? execution_.plan.tensor_of_experts() : execution_.plan.tensor;
    return weight.division == Division::none ? 1 : real(std::min<std::uint64_t>(tensor, weight.most_shards));
  }

  // y = x W, dx = dy W^T, dW += x^T dy: 2 m n k flops each; every matrix is read or written once.
  void add_product(const Weight& weight) {
    const bool of_experts = weight.part == Part::routed_experts;
    const double m = tokens_of(weight);
    const double k = real(weight.inputs) / (weight.division == Division::inputs ? shards_of(weight) : 1);
    const double n = real(weight.outputs) / (weight.division == Division::outputs ? shards_of(weight) : 1);
    const double matrices = of_experts ? real(weight.copies) / execution_.plan.expert : 1;
    const Flops flops(2 * m * n * k);
    const double moved = element_ * (m * k + m * n);
    const Bytes with_weights(moved + element_ * matrices * k * n);
    const Bytes with_gradients(moved + 2 * execution_.gradient_bytes * matrices * k * n);
    operators_.push_back({.name = weight.name,
                          .kind = of_experts ? OperatorKind::experts : OperatorKind::projection,
                          .forward = {flops, with_weights},
                          .backward_input = {flops, with_weights},
                          .backward_weight = {flops, with_gradients}});
  }

  void add_moves(std::string_view name, OperatorKind kind, double forward, double backward) {
    operators_.push_back(
        {.name = name, .kind = kind, .forward = {{}, Bytes(forward)}, .backward_input = {{}, Bytes(backward)}});
  }

  // Reads and writes every channel once; backwards it reads two values.
  void add_norm(const Weight& weight) {
    const Attention& attention = model_.attention;
    double channels = execution_.divided_tokens() * real(weight.outputs);
    if (attention.query_key_norm && !attention.latent && weight.part == Part::attention) {
      const bool of_queries = weight.name == "query_norm";
      const double heads = of_queries ? real(attention.heads) / execution_.plan.tensor : kv_heads_here();
      channels = execution_.tokens() * heads * real(weight.outputs);
    }
    add_moves(weight.name, OperatorKind::norm, 2 * element_ * channels, 3 * element_ * channels);
  }

  double kv_heads_here() const {
    const std::uint64_t heads = model_.attention.key_heads();
    return real(heads) / real(std::min<std::uint64_t>(heads, execution_.plan.tensor));
  }

  // Reads two values and writes one, with a mask where values are dropped.
  void add_residual(std::string_view name) {
    const double channels = execution_.divided_tokens() * real(model_.hidden);
    const double mask = model_.dropout ? channels : 0;
    add_moves(name, OperatorKind::elementwise, 3 * element_ * channels + mask,
              (model_.dropout ? 2 * element_ * channels : 0) + mask);
  }

  void add_activation(const Weight& down) {
    const double width = real(down.inputs) / shards_of(down);
    const double channels = tokens_of(down) * width;
    const double inputs = model_.mlp.kind == MlpKind::gated ? 2 : 1;
    add_moves("activation", OperatorKind::elementwise, (inputs + 1) * element_ * channels,
              (2 * inputs + 1) * element_ * channels);
  }

  void add_attention() {
    const Attention& attention = model_.attention;
    const double heads = real(attention.heads) / execution_.plan.tensor;
    const double query = execution_.tokens() * heads * real(attention.query_dim());
    const double value = execution_.tokens() * heads * real(attention.value_dim());
    const double keys = execution_.tokens() * kv_heads_here() * real(attention.query_dim() + attention.value_dim());
    if (model_.position == PositionKind::rotary) {
      const double rotated = 2 * element_ * (query + keys / 2);
      add_moves("rotation", OperatorKind::elementwise, rotated, rotated);
    }
    const bool is_flash = execution_.attention == AttentionKernel::flash;
    // The unfused kernel works out what the mask hides, too.
    const double met = is_flash ? keys_met(attention, execution_.sequence_length) : real(execution_.sequence_length);
    const Flops scores_flops(2 * query * met);
    const Flops values_flops(2 * value * met);
    const Flops forward = scores_flops + values_flops;
    const double scores = execution_.tokens() * heads * real(execution_.sequence_length);
    const double kept = is_flash ? 0 : 2 * element_ * scores;  // written by one product, read by the other
    const Bytes moved(element_ * (query + keys + value) + kept);
    // FlashAttention works the scores out again (Dao, arXiv 2307.08691, section 2.3.2).
    const Flops backward = 2.0 * forward + (is_flash ? scores_flops : Flops(0));
    operators_.push_back({.name = "attention",
                          .kind = OperatorKind::attention,
                          .forward = {forward, moved},
                          .backward_input = {backward, 2.0 * moved},
                          .between_scores_and_values = !is_flash});
    if (is_flash) return;
    const double masked = model_.dropout ? 2 * element_ * scores + scores : 0;
    add_moves("softmax", OperatorKind::elementwise, 2 * element_ * scores + masked, 3 * element_ * scores + masked);
    operators_.back().between_scores_and_values = true;
  }

  const TransformerModel& model_;
  const Execution& execution_;
  double element_;
  std::vector<Operator> operators_;
};

}  // namespace

std::span<const char* const> operator_kind_names() {
  return kind_names;
}

const char* to_text(OperatorKind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

OperatorWork& OperatorWork::operator+=(const OperatorWork& other) {
  flops += other.flops;
  bytes += other.bytes;
  return *this;
}

std::vector<Operator> layer_operators(const TransformerModel& model, LayerKind kind, const Execution& execution) {
  return Costing(model, execution).layer(kind);
}

std::vector<Operator> input_operators(const TransformerModel& model, const Execution& execution) {
  return Costing(model, execution).input();
}

std::vector<Operator> output_operators(const TransformerModel& model, const Execution& execution) {
  return Costing(model, execution).output();
}

std::vector<Operator> prediction_operators(const TransformerModel& model, const Execution& execution) {
  return Costing(model, execution).prediction();
}

std::vector<Operator> layer_operators(const SampledModel& model, const Execution& execution) {
  const double layers = real(model.layers);
  const Flops flops = real(execution.microbatch) * model.forward_flops_of_sequence(execution.sequence_length) / layers;
  const double weights = real(model.parameters) / layers;
  const Bytes read(element_bytes(execution.precision) * weights);
  return {{.name = "layer",
           .kind = OperatorKind::whole,
           .forward = {flops, read},
           .backward_input = {flops, read},
           .backward_weight = {flops, Bytes(2 * execution.gradient_bytes * weights)}}};
}

Operator optimizer_operator(double parameters, double state_bytes, const Execution& execution) {
  const double each = execution.gradient_bytes + 2 * state_bytes + element_bytes(execution.precision);
  return {.name = "optimizer", .kind = OperatorKind::optimizer, .forward = {{}, Bytes(each * parameters)}};
}

PassWork work_of(std::span<const Operator> operators, Recompute recompute) {
  PassWork sum;
  for (const Operator& one : operators) {
    sum.forward += one.forward;
    sum.backward_input += one.backward_input;
    sum.backward_weight += one.backward_weight;
    const bool again =
        recompute == Recompute::full || (recompute == Recompute::selective && one.between_scores_and_values);
    if (again) sum.recompute += one.forward;
  }
  return sum;
}

double keys_met(const Attention& attention, std::uint64_t sequence_length) {
  const double length = real(sequence_length);
  const double window = std::min(length, real(attention.window.value_or(sequence_length)));
  if (attention.attending == Attending::everywhere) return std::min(length, 2 * window - 1);
  // Query i meets min(i, window) keys: window (window + 1) / 2 of the first, then window each.
  return (window * (window + 1) / 2 + (length - window) * window) / length;
}

}  // namespace lockstep::workloads
