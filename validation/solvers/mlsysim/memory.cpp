#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/single_node.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    model_input,
    hardware_input,
    SolverInput{.name = "batch_size",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "samples of the whole fleet",
                .in_scenario = "workload.global_batch",
                .least = 1},
    seq_len_input,
    precision_input,
    SolverInput{.name = "optimizer",
                .kind = InputKind::choice,
                .otherwise = "adam",
                .meaning = "whose state is held",
                .choices = "adam|adamw|sgd|none",
                .in_scenario = "workload.optimizer"},
    SolverInput{.name = "activation_checkpointing",
                .kind = InputKind::choice,
                .otherwise = "selective",
                .meaning = "what the backward pass computes again",
                .choices = "none|selective|full",
                .in_scenario = "workload.recompute"},
    degree_input("tp_size", "tensor parallelism", "workload.parallel.tensor"),
    degree_input("pp_size", "pipeline stages", "workload.parallel.pipeline"),
    degree_input("dp_size", "replicas", "workload.parallel.data"),
    degree_input("ep_size", "expert parallelism", "workload.parallel.expert"),
    SolverInput{.name = "zero_stage",
                .kind = InputKind::count,
                .otherwise = "0",
                .meaning = "what ZeRO shards: 1 optimizer, 2 gradients too, 3 weights too",
                .in_scenario = "workload.parallel.zero",
                .most = 3},
    degree_input("gradient_accumulation_steps", "microbatches that a replica works off one after the other"),
    SolverInput{.name = "trainable_fraction",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "share of the parameters that is trained",
                .most = 1},
    SolverInput{.name = "communication_buffer_fraction",
                .kind = InputKind::number,
                .otherwise = "0.05",
                .meaning = "buckets, as a share of the gradients",
                .most = 1},
    SolverInput{.name = "sequence_parallel",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "corrected only: whether tensor ranks share norms and dropouts too",
                .in_scenario = "workload.parallel.sequence_parallel"},
    convention_input,
};
constexpr std::array outputs = {
    SolverOutput{"weights_B", "B", "of one device"},
    SolverOutput{"gradients_B", "B", "of one device"},
    SolverOutput{"optimizer_B", "B", "of one device"},
    SolverOutput{"activations_B", "B", "of one device"},
    SolverOutput{"comm_buffers_B", "B", "gradient buckets and pipeline buffers"},
    SolverOutput{"total_B", "B", "their sum"},
    SolverOutput{"available_B", "B", "the device's memory"},
    SolverOutput{"utilization", "1", "total over available"},
    SolverOutput{"feasible", "", "whether it fits"},
};

double optimizer_bytes(const std::string& optimizer) {
  if (optimizer == "none") return 0;
  return optimizer == "sgd" ? 4 : 12;
}

Recomputation recomputation_of(const std::string& name) {
  if (name == "none") return Recomputation::none;
  return name == "full" ? Recomputation::full : Recomputation::selective;
}

// D11 (Korthikanti et al. 2023), with the microbatches that the first stage of 1F1B holds at once.
Bytes corrected_activations(const SolverInputs& in, const ModelFigures& model, double layers, double microbatch) {
  const double ranks = in.count("tp_size");
  const double tokens_width = microbatch * in.count("seq_len") * model.hidden_dim.value_or(4096);
  const double attention = 5.0 * model.heads.value_or(0) * in.count("seq_len") / model.hidden_dim.value_or(4096);
  const Recomputation way = recomputation_of(in.text("activation_checkpointing"));
  double per_token = in.flag("sequence_parallel") ? 34 / ranks : 10 + 24 / ranks;
  if (way == Recomputation::none) per_token += attention / ranks;
  if (way == Recomputation::full) per_token = 2;
  const double in_flight = std::min(in.count("pp_size"), in.count("gradient_accumulation_steps"));
  return Bytes(in_flight * layers * tokens_width * per_token * bytes_of(in.precision()).si() / 2);
}

Json solve(const SolverInputs& in) {
  const ModelFigures model = in.model();
  const Precision precision = in.precision();
  const double replicas = in.count("dp_size");
  const double shard =
      model.parameters / (static_cast<double>(in.count("tp_size")) * in.count("pp_size") * in.count("ep_size"));
  const double trained = shard * in.number("trainable_fraction");
  const std::uint32_t zero = in.count("zero_stage");
  const Bytes weights = shard * bytes_of(precision) / (zero >= 3 ? replicas : 1);
  const Bytes gradients = trained * bytes_of(precision) / (zero >= 2 ? replicas : 1);
  const Bytes optimizer = Bytes(trained * optimizer_bytes(in.text("optimizer"))) / (zero >= 1 ? replicas : 1);
  const double microbatch =
      std::max(1.0, std::ceil(in.count("batch_size") / (replicas * in.count("gradient_accumulation_steps"))));
  const double layers = std::max(1.0, std::ceil(static_cast<double>(model.layers.value_or(1)) / in.count("pp_size")));
  const Bytes activations = in.text("convention") == "corrected"
                                ? corrected_activations(in, model, layers, microbatch)
                                : activation_bytes(model, layers, in.count("seq_len"), microbatch, precision,
                                                   recomputation_of(in.text("activation_checkpointing")));
  Bytes buffers = gradients * in.number("communication_buffer_fraction");
  if (in.count("pp_size") > 1) {
    buffers += 2 * microbatch * in.count("seq_len") * model.hidden_dim.value_or(4096) * bytes_of(precision);
  }
  const Bytes total = weights + gradients + optimizer + activations + buffers;
  const Bytes available = in.hardware().memory;
  return {{"weights_B", weights.si()},         {"gradients_B", gradients.si()},    {"optimizer_B", optimizer.si()},
          {"activations_B", activations.si()}, {"comm_buffers_B", buffers.si()},   {"total_B", total.si()},
          {"available_B", available.si()},     {"utilization", total / available}, {"feasible", total <= available}};
}

}  // namespace

constexpr Solver memory{
    .source = "mlsysim TrainingMemoryModel; corrected: D11", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
