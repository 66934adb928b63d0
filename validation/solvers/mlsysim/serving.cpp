#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    model_input,
    hardware_input,
    SolverInput{
        .name = "seq_len", .kind = InputKind::count, .otherwise = "2048", .meaning = "tokens of a prompt", .least = 1},
    SolverInput{
        .name = "batch_size", .kind = InputKind::count, .otherwise = "1", .meaning = "requests at once", .least = 1},
    precision_input,
    efficiency_input,
    SolverInput{.name = "decode_hardware",
                .kind = InputKind::hardware,
                .otherwise = may_be_missing,
                .meaning = "another device that decodes; the cache travels to it"},
    SolverInput{.name = "network_bandwidth",
                .kind = InputKind::bandwidth,
                .otherwise = "100 GB/s",
                .meaning = "on which it travels"},
    SolverInput{.name = "cached_prefix_len",
                .kind = InputKind::count,
                .otherwise = "0",
                .meaning = "tokens of the prompt whose cache is already there"},
    SolverInput{.name = "prefill_chunk_tokens",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "new tokens of one chunk; each pays the dispatch",
                .least = 1},
};
constexpr std::array outputs = {
    SolverOutput{"ttft_s", "s", "time to the first token"},
    SolverOutput{"itl_s", "s", "time from token to token"},
    SolverOutput{"kv_B", "B", "keys and values of all requests"},
    SolverOutput{"weights_B", "B", "of the model"},
    SolverOutput{"total_B", "B", "what has to fit"},
    SolverOutput{"utilization", "1", "of the decoding device's memory"},
    SolverOutput{"feasible", "", "whether it fits"},
};

constexpr Seconds layer_tax(10e-6);  // of engine/calibration.py
constexpr std::uint32_t heads_unless_stated = 32, hidden_dim_unless_stated = 4096;

double head_dim(const ModelFigures& model) {
  return std::floor(static_cast<double>(model.hidden_dim.value_or(hidden_dim_unless_stated)) /
                    model.heads.value_or(heads_unless_stated));
}

// Multi-head latent attention caches one compressed vector a token and layer.
Bytes cache(const ModelFigures& model, double tokens, Precision precision) {
  const double layers = model.layers.value_or(1);
  if (model.kv_lora_rank && model.qk_rope_head_dim) {
    return layers * (*model.kv_lora_rank + *model.qk_rope_head_dim) * tokens * bytes_of(precision);
  }
  const double heads = model.kv_heads.value_or(model.heads.value_or(heads_unless_stated));
  return 2 * layers * heads * head_dim(model) * tokens * bytes_of(precision);
}

Seconds prefill(const SolverInputs& in, const ModelFigures& model, const DeviceFigures& device) {
  const double length = in.count("seq_len");
  const double batch = in.count("batch_size");
  const double cached = in.count("cached_prefix_len");
  if (cached >= length) {
    throw InputError({.where = "cached_prefix_len", .problem = "cached_prefix_len must be below seq_len"});
  }
  const double fresh = length - cached;
  const double heads_width = model.heads.value_or(heads_unless_stated) * head_dim(model);
  const Flops work(2 * model.parameters * fresh * batch +
                   4 * model.layers.value_or(1) * heads_width * fresh * length * batch);
  const auto chunk = in.maybe_count("prefill_chunk_tokens");
  const double chunks = chunk ? std::ceil(fresh / *chunk) : 1;
  return work / (device.peak(in.precision()) * in.number("efficiency")) + device.dispatch_tax * chunks;
}

Json solve(const SolverInputs& in) {
  const ModelFigures model = in.model();
  const DeviceFigures device = in.hardware();
  const bool is_split = in.stated("decode_hardware");
  const DeviceFigures decoder = is_split ? in.hardware("decode_hardware") : device;
  const Bytes kv = cache(model, static_cast<double>(in.count("seq_len")) * in.count("batch_size"), in.precision());
  const Bytes weights = model.size(in.precision());
  Seconds first = prefill(in, model, device);
  if (is_split) first += kv / in.quantity<Bandwidth>("network_bandwidth");
  const Seconds next = (weights + kv) / decoder.memory_bandwidth + layer_tax * model.layers.value_or(1);
  const Bytes total = weights + kv;
  return {{"ttft_s", first.si()},
          {"itl_s", next.si()},
          {"kv_B", kv.si()},
          {"weights_B", weights.si()},
          {"total_B", total.si()},
          {"utilization", total / decoder.memory},
          {"feasible", total <= decoder.memory}};
}

}  // namespace

constexpr Solver serving{.source = "mlsysim ServingModel, without speculative decoding",
                         .inputs = inputs,
                         .outputs = outputs,
                         .solve = solve};

}  // namespace lockstep::validation::mlsysim
