#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "validation/solvers/step_form_solvers.hpp"
#include "validation/solvers/step_forms.hpp"

namespace lockstep::validation {
namespace {

constexpr SolverInput seconds_input(std::string_view name, std::string_view meaning, std::string_view plain_name) {
  return {.name = name, .kind = InputKind::seconds, .otherwise = "", .meaning = meaning, .plain_name = plain_name};
}

namespace overlap {
constexpr std::array inputs = {
    SolverInput{.name = "ready",
                .kind = InputKind::numbers,
                .otherwise = may_be_missing,
                .meaning = "seconds at which each bucket's gradients are there, in order",
                .plain_name = "r"},
    SolverInput{.name = "times",
                .kind = InputKind::numbers,
                .otherwise = may_be_missing,
                .meaning = "seconds that the reduction of each bucket takes",
                .plain_name = "t"},
    SolverInput{.name = "buckets",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "equal buckets that are ready one after the other, instead",
                .plain_name = "k",
                .least = 1},
    SolverInput{.name = "each",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "reduction of an equal bucket",
                .plain_name = "each_s"},
    SolverInput{.name = "forward",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "the forward pass",
                .plain_name = "Tf"},
    seconds_input("backward", "the backward pass", "Tb"),
};
constexpr std::array outputs = {
    SolverOutput{"time_s", "s", "until passes and reductions are done"},
    SolverOutput{"exposed_s", "s", "what the reductions add"},
};
Json solve(const SolverInputs& in) {
  const auto backward = in.quantity<Seconds>("backward");
  Seconds exposed;
  if (const auto buckets = in.maybe_count("buckets")) {
    exposed = exposed_buckets(*buckets, in.quantity<Seconds>("each"), backward);
  } else {
    std::vector<Seconds> ready, times;
    for (const double time : in.numbers("ready")) ready.emplace_back(time);
    for (const double time : in.numbers("times")) times.emplace_back(time);
    if (ready.size() != times.size())
      throw InputError({.where = in.where("times"), .problem = "every bucket has a time"});
    exposed = bucketed_end(ready, times, backward) - backward;
  }
  return {{"time_s", (in.quantity<Seconds>("forward") + backward + exposed).si()}, {"exposed_s", exposed.si()}};
}
}  // namespace overlap

namespace bytes {
constexpr std::array inputs = {
    degree_input("ranks", "replicas", "workload.parallel.data"),
    SolverInput{.name = "model_bytes",
                .kind = InputKind::bytes,
                .otherwise = "",
                .meaning = "weights of a rank's share of the model before sharding",
                .plain_name = "model_B"},
    degree_input("microbatches", "microbatches between updates"),
};
constexpr std::array outputs = {
    SolverOutput{"replicated_B", "B",
                 "sent by a rank: gradients and optimizer may be sharded, microbatches add up first"},
    SolverOutput{"sharded_gradients_B", "B", "the same where gradients are scattered after every microbatch"},
    SolverOutput{"sharded_weights_B", "B", "the same where weights are gathered in both passes too"},
};
Json solve(const SolverInputs& in) {
  const double ranks = in.count("ranks"), microbatches = in.count("microbatches");
  const auto model = in.quantity<Bytes>("model_bytes");
  const auto sent = [&](Sharding sharding) { return data_parallel_traffic(ranks, model, sharding, microbatches).si(); };
  return {{"replicated_B", sent(Sharding::none_or_optimizer)},
          {"sharded_gradients_B", sent(Sharding::gradients)},
          {"sharded_weights_B", sent(Sharding::weights)}};
}
}  // namespace bytes

namespace sharded {
constexpr std::array inputs = {
    SolverInput{.name = "layers",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "equal layers",
                .plain_name = "L",
                .least = 1},
    seconds_input("gather", "all-gather of a layer's weights", "g"),
    seconds_input("compute", "a layer's pass", "c"),
    SolverInput{.name = "scatter",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "reduce-scatter of a layer's gradients",
                .plain_name = "r"},
};
constexpr std::array outputs = {
    SolverOutput{"forward_s", "s", "gathering one layer ahead"},
    SolverOutput{"backward_s", "s", "gathering and scattering on one stream"},
};
Json solve(const SolverInputs& in) {
  const double layers = in.count("layers");
  const auto gather = in.quantity<Seconds>("gather"), compute = in.quantity<Seconds>("compute");
  return {{"forward_s", sharded_forward(layers, gather, compute).si()},
          {"backward_s", sharded_backward(layers, gather, compute, in.quantity<Seconds>("scatter")).si()}};
}
}  // namespace sharded

namespace scaling {
constexpr std::array inputs = {
    seconds_input("single", "a step on one device", "T1"),
    SolverInput{.name = "devices",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "replicas",
                .plain_name = "N",
                .least = 1},
    SolverInput{.name = "volume", .kind = InputKind::bytes, .otherwise = "", .meaning = "gradients", .plain_name = "V"},
    SolverInput{.name = "latency",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "of a message",
                .plain_name = "alpha"},
    SolverInput{
        .name = "bandwidth", .kind = InputKind::bandwidth, .otherwise = "", .meaning = "of a link", .plain_name = "B"},
};
constexpr std::array outputs = {
    SolverOutput{"strong_speedup", "1", "of the same work"},
    SolverOutput{"strong_efficiency", "1", "the same over the devices"},
    SolverOutput{"weak_speedup", "1", "of work that grows with the devices"},
    SolverOutput{"weak_efficiency", "1", "the same over the devices"},
    SolverOutput{"strong_marginal", "1", "speed-up that one more device adds"},
    SolverOutput{"strong_derivative", "1", "the slope of the speed-up"},
    SolverOutput{"most_useful_devices", "1", "beyond which the speed-up falls; null where it never does"},
};
Json solve(const SolverInputs& in) {
  const auto bandwidth = in.quantity<Bandwidth>("bandwidth");
  const auto single = in.quantity<Seconds>("single");
  if (!(bandwidth > Bandwidth(0))) throw InputError({.where = in.where("bandwidth"), .problem = "must be positive"});
  if (!(single > Seconds(0))) throw InputError({.where = in.where("single"), .problem = "must be positive"});
  const ScalingAnswer answer = scale({single,
                                      static_cast<double>(in.count("devices")),
                                      in.quantity<Bytes>("volume"),
                                      {in.quantity<Seconds>("latency"), pace(bandwidth)}});
  return {{"strong_speedup", answer.strong_speedup},
          {"strong_efficiency", answer.strong_efficiency},
          {"weak_speedup", answer.weak_speedup},
          {"weak_efficiency", answer.weak_efficiency},
          {"strong_marginal", answer.strong_marginal},
          {"strong_derivative", answer.strong_derivative},
          {"most_useful_devices", answer.most_useful_devices ? Json(*answer.most_useful_devices) : Json()}};
}
}  // namespace scaling

}  // namespace

constexpr Solver gradient_overlap{"D01, D02", overlap::inputs, overlap::outputs, overlap::solve};
constexpr Solver data_parallel_bytes{"D03; Rajbhandari et al. 2020", bytes::inputs, bytes::outputs, bytes::solve};
constexpr Solver sharded_layers{"D04, D05", sharded::inputs, sharded::outputs, sharded::solve};
constexpr Solver data_parallel_scaling{"Z01", scaling::inputs, scaling::outputs, scaling::solve};

}  // namespace lockstep::validation
