#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "validation/solvers/step_form_solvers.hpp"
#include "validation/solvers/step_forms.hpp"

namespace lockstep::validation {
namespace {

constexpr SolverInput latency_input{.name = "latency",
                                    .kind = InputKind::seconds,
                                    .otherwise = "0 s",
                                    .meaning = "of a message",
                                    .plain_name = "alpha"};
constexpr SolverInput bandwidth_input{
    .name = "bandwidth", .kind = InputKind::bandwidth, .otherwise = "", .meaning = "of a link", .plain_name = "B"};

Hockney read_link(const SolverInputs& in) {
  const auto bandwidth = in.quantity<Bandwidth>("bandwidth");
  if (!(bandwidth > Bandwidth(0))) throw InputError({.where = in.where("bandwidth"), .problem = "must be positive"});
  return {in.quantity<Seconds>("latency"), pace(bandwidth)};
}

constexpr SolverInput named_count(std::string_view name, std::string_view meaning, std::string_view plain_name) {
  return {.name = name,
          .kind = InputKind::count,
          .otherwise = "",
          .meaning = meaning,
          .plain_name = plain_name,
          .least = 1};
}

namespace tensor {
constexpr std::array inputs = {
    named_count("layers", "layers of a device", "L"),
    named_count("microbatches", "microbatches of a step", "m"),
    named_count("ranks", "tensor ranks", "t"),
    named_count("seq_len", "tokens of a sequence", "s"),
    named_count("microbatch", "sequences of a microbatch", "b"),
    named_count("hidden_dim", "width of the model", "h"),
    precision_input,
    latency_input,
    bandwidth_input,
};
constexpr std::array outputs = {
    SolverOutput{"time_s", "s", "four ring all-reduces a layer and microbatch, none of them hidden"},
    SolverOutput{"sent_per_rank_B", "B", "bytes that a rank sends in a step"},
};
Json solve(const SolverInputs& in) {
  const double layers = in.count("layers"), microbatches = in.count("microbatches");
  const std::uint32_t ranks = in.count("ranks");
  const Bytes message = static_cast<double>(in.count("seq_len")) * in.count("microbatch") * in.count("hidden_dim") *
                        bytes_of(in.precision());
  return {{"time_s", tensor_parallel_time(layers, microbatches, ranks, message, read_link(in)).si()},
          {"sent_per_rank_B", (4 * layers * microbatches * 2 * ((ranks - 1.0) / ranks) * message).si()}};
}
}  // namespace tensor

namespace expert {
constexpr std::array inputs = {
    named_count("ranks", "expert ranks", "p"),
    SolverInput{.name = "routed",
                .kind = InputKind::bytes,
                .otherwise = "",
                .meaning = "tokens that a rank routes: tokens x experts of a token x width x bytes",
                .plain_name = "x"},
    SolverInput{.name = "shares",
                .kind = InputKind::numbers,
                .otherwise = may_be_missing,
                .meaning = "share of the tokens that each rank gets; equal unless stated",
                .plain_name = "f",
                .most = 1},
    latency_input,
    bandwidth_input,
};
constexpr std::array outputs = {
    SolverOutput{"time_s", "s", "one all-to-all; a layer with experts has four"},
    SolverOutput{"imbalance", "1", "times as much that the busiest rank gets"},
};
Json solve(const SolverInputs& in) {
  const double ranks = in.count("ranks");
  double busiest = 1 / ranks;
  if (in.stated("shares")) {
    const std::vector<double> shares = in.numbers("shares");
    if (shares.size() != in.count("ranks")) {
      throw InputError({.where = in.where("shares"), .problem = "every rank has a share"});
    }
    busiest = *std::max_element(shares.begin(), shares.end());
  }
  return {{"time_s", expert_all_to_all(ranks, in.quantity<Bytes>("routed"), busiest, read_link(in)).si()},
          {"imbalance", busiest * ranks}};
}
}  // namespace expert

namespace context {
constexpr std::array inputs = {
    named_count("ranks", "context ranks", "C"),
    SolverInput{.name = "block",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "attention of a rank's queries to one block of keys",
                .plain_name = "t"},
    SolverInput{.name = "hop",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "handing a block on to the next rank",
                .plain_name = "u"},
};
constexpr std::array outputs = {
    SolverOutput{"time_s", "s", "every rank attends to every block"},
    SolverOutput{"causal_s", "s", "causal, the sequence cut into as many pieces as ranks"},
    SolverOutput{"zigzag_s", "s", "causal, each rank with a piece of the beginning and one of the end"},
};
Json solve(const SolverInputs& in) {
  const double ranks = in.count("ranks");
  const auto block = in.quantity<Seconds>("block"), hop = in.quantity<Seconds>("hop");
  return {{"time_s", ring_attention(ranks, block, hop).si()},
          {"causal_s", causal_ring_attention(ranks, block, hop).si()},
          {"zigzag_s", zigzag_ring_attention(ranks, block, hop).si()}};
}
}  // namespace context

}  // namespace

constexpr Solver tensor_parallel{"D06; Shoeybi et al. 2019", tensor::inputs, tensor::outputs, tensor::solve};
constexpr Solver expert_parallel{"D07", expert::inputs, expert::outputs, expert::solve};
constexpr Solver context_parallel{"D09; Liu et al. 2023", context::inputs, context::outputs, context::solve};

}  // namespace lockstep::validation
