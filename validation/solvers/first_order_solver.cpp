#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/first_order.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

// How a scenario states what solve_first_order takes.
namespace lockstep::validation {
namespace {

constexpr std::array inputs = {
    model_input,
    cluster_input,
    SolverInput{.name = "fabric",
                .kind = InputKind::fabric,
                .otherwise = may_be_missing,
                .meaning = "another fabric than the fleet's"},
    SolverInput{.name = "oversubscription_ratio",
                .kind = InputKind::number,
                .otherwise = may_be_missing,
                .meaning = "another oversubscription than the fabric's",
                .least = 1e-9},
    SolverInput{.name = "batch_size",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "sequences of the whole fleet",
                .in_scenario = "workload.global_batch",
                .least = 1},
    SolverInput{.name = "microbatch",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "sequences that a replica works on at once; 1 unless microbatch_count is stated",
                .in_scenario = "workload.microbatch",
                .least = 1},
    SolverInput{.name = "microbatch_count",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "microbatches of a replica, instead of their size",
                .least = 1},
    seq_len_input,
    precision_input,
    SolverInput{.name = "gradient_precision",
                .kind = InputKind::choice,
                .otherwise = "bf16",
                .meaning = "of gradients on the wire",
                .choices = "fp32|tf32|fp16|bf16|fp8|int8|int4"},
    efficiency_input,
    degree_input("tp_size", "tensor parallelism", "workload.parallel.tensor"),
    degree_input("pp_size", "pipeline stages", "workload.parallel.pipeline"),
    degree_input("cp_size", "context parallelism", "workload.parallel.context"),
    degree_input("ep_size", "expert parallelism, inside data and context parallelism", "workload.parallel.expert"),
    SolverInput{.name = "dp_size",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "replicas; what is left of the fleet unless stated",
                .in_scenario = "workload.parallel.data",
                .least = 1},
    degree_input("v_stages", "chunks of a stage", "workload.virtual_stages"),
    SolverInput{.name = "schedule",
                .kind = InputKind::choice,
                .otherwise = "1f1b",
                .meaning = "order of the microbatches",
                .choices = "1f1b|gpipe|interleaved_1f1b",
                .in_scenario = "workload.schedule"},
    SolverInput{.name = "zero_stage",
                .kind = InputKind::count,
                .otherwise = "0",
                .meaning = "what is sharded: 1 optimizer, 2 gradients too, 3 weights too",
                .in_scenario = "workload.parallel.zero",
                .most = 3},
    SolverInput{.name = "sequence_parallel",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether tensor ranks share tokens outside of matrices",
                .in_scenario = "workload.parallel.sequence_parallel"},
    SolverInput{.name = "activation_recomputation",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether backward passes run the whole forward pass again"},
    SolverInput{.name = "overlap_comm",
                .kind = InputKind::flag,
                .otherwise = may_be_missing,
                .meaning = "whether gradients travel behind the last backward pass, in buckets; of ZeRO-3 they do "
                           "unless stated",
                .in_scenario = "workload.overlap.gradients"},
    SolverInput{.name = "overlap_parameters",
                .kind = InputKind::flag,
                .otherwise = may_be_missing,
                .meaning = "whether weights are gathered beside the first forward pass; of stage 3, where they are "
                           "unless stated, a layer ahead",
                .in_scenario = "workload.overlap.parameters"},
    SolverInput{.name = "buckets",
                .kind = InputKind::bytes,
                .otherwise = "25 MiB",
                .meaning = "gradients of a bucket",
                .in_scenario = "workload.buckets"},
    SolverInput{.name = "transfers",
                .kind = InputKind::choice,
                .otherwise = "hop",
                .meaning = "between stages: latency and bytes of a hop, or free",
                .choices = "hop|free"},
    SolverInput{.name = "attention",
                .kind = InputKind::choice,
                .otherwise = "none",
                .meaning = "flops in s²: not counted, half, or whole matrices",
                .choices = "none|causal|full"},
    SolverInput{.name = "gradients",
                .kind = InputKind::choice,
                .otherwise = "ring",
                .meaning = "their all-reduce",
                .choices = "ring|hierarchical"},
    SolverInput{.name = "moe_routing_imbalance_factor",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "times as many tokens that the busiest expert rank gets",
                .least = 1},
    SolverInput{.name = "moe_layers",
                .kind = InputKind::count,
                .otherwise = "0",
                .meaning = "layers with experts; 0: all of them"},
    SolverInput{.name = "optimizer_time",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "of the update",
                .plain_name = "optimizer_time_s"},
};
constexpr std::array outputs = {
    SolverOutput{"step_s", "s", "the step, the sum of the parts"},
    SolverOutput{"parts_s", "",
                 "compute, tensor, expert, context, bubble, transfers, gradients, parameters, optimizer"},
    SolverOutput{"microbatches", "1", "of a replica"},
    SolverOutput{"forward_s", "s", "compute of one device and microbatch"},
    SolverOutput{"backward_s", "s", "compute of one device and microbatch"},
    SolverOutput{"tensor_collective_s", "s", "one all-reduce of activations"},
    SolverOutput{"expert_collective_s", "s", "one all-to-all of tokens"},
    SolverOutput{"hop_s", "s", "activations from stage to stage"},
    SolverOutput{"gradients_in_full_s", "s", "reduction of gradients, overlapped or not"},
    SolverOutput{"sequences_per_s", "1/s", "sequences"},
    SolverOutput{"tokens_per_s", "1/s", "tokens"},
    SolverOutput{"mfu", "1", "model flops over the peak"},
    SolverOutput{"hfu", "1", "executed flops over the peak"},
    SolverOutput{"model_flops", "flop", "of the step"},
    SolverOutput{"bubble_fraction", "1", "bubble over the step"},
    SolverOutput{"scaling_efficiency", "1", "compute over the step"},
    SolverOutput{"sent_per_rank_B", "", "bytes that a rank sends in a step: gradients, tensor, expert"},
    SolverOutput{"parallelism", "", "dp, tp, pp, cp, ep"},
};

void read_parallelism(const SolverInputs& in, FirstOrderCase& plan) {
  plan.tensor = in.count("tp_size");
  plan.pipeline = in.count("pp_size");
  plan.context = in.count("cp_size");
  plan.expert = in.count("ep_size");
  const std::uint64_t group = std::uint64_t{plan.tensor} * plan.pipeline * plan.context;
  const std::uint32_t devices = plan.fleet.devices();
  if (const auto stated = in.maybe_count("dp_size")) {
    plan.data = *stated;
  } else if (group > devices || devices % group != 0) {
    throw InputError({.where = "tp_size",
                      .problem = "tp_size x pp_size x cp_size is " + std::to_string(group) +
                                 ", which does not divide the fleet's " + std::to_string(devices) + " devices"});
  } else {
    plan.data = static_cast<std::uint32_t>(devices / group);
  }
}

void read_batch(const SolverInputs& in, FirstOrderCase& plan) {
  plan.global_batch = in.count("batch_size");
  plan.microbatch = in.maybe_count("microbatch").value_or(1);
  const auto stated = in.maybe_count("microbatch_count");
  if (!stated) return;
  if (in.stated("microbatch")) {
    throw InputError({.where = in.where("microbatch_count"), .problem = "'microbatch' already states this"});
  }
  const std::uint64_t pieces = std::uint64_t{*stated} * plan.data;
  if (plan.global_batch % pieces != 0) {
    throw InputError({.where = in.where("microbatch_count"),
                      .problem = "a batch of " + std::to_string(plan.global_batch) + " does not divide into " +
                                 std::to_string(pieces) + " microbatches (dp_size x microbatch_count)"});
  }
  plan.microbatch = static_cast<std::uint32_t>(plan.global_batch / pieces);
}

void read_ways(const SolverInputs& in, FirstOrderCase& plan) {
  plan.virtual_stages = in.count("v_stages");
  const std::string schedule = in.text("schedule");
  if (schedule == "gpipe") plan.order = PipelineOrder::gpipe;
  if (schedule == "interleaved_1f1b") plan.order = PipelineOrder::interleaved;
  plan.zero = in.count("zero_stage");
  plan.sequence_parallel = in.flag("sequence_parallel");
  plan.recompute = in.flag("activation_recomputation");
  plan.overlap_gradients = in.stated("overlap_comm") ? in.flag("overlap_comm") : plan.zero == 3;
  plan.overlap_parameters = in.stated("overlap_parameters") ? in.flag("overlap_parameters") : plan.zero == 3;
  plan.bucket = in.quantity<Bytes>("buckets");
  plan.free_transfers = in.text("transfers") == "free";
  const std::string attention = in.text("attention");
  if (attention == "causal") plan.attention = AttentionCount::causal;
  if (attention == "full") plan.attention = AttentionCount::full;
  plan.algorithm = in.text("gradients") == "ring" ? GradientAlgorithm::ring : GradientAlgorithm::hierarchical;
  plan.imbalance = in.number("moe_routing_imbalance_factor");
  plan.moe_layers = in.count("moe_layers");
  plan.optimizer = in.quantity<Seconds>("optimizer_time");
}

FirstOrderCase read(const SolverInputs& in) {
  FirstOrderCase plan{.model = in.model(), .fleet = in.fleet()};
  if (!plan.model.is_transformer || !plan.model.layers || !plan.model.hidden_dim) {
    throw InputError({.where = in.where("model"),
                      .problem = "the first-order model needs a transformer with 'layers' and 'hidden_dim'"});
  }
  plan.precision = in.precision();
  plan.gradients = in.precision("gradient_precision");
  plan.efficiency = in.number("efficiency");
  plan.seq_len = in.count("seq_len");
  read_parallelism(in, plan);
  read_batch(in, plan);
  read_ways(in, plan);
  return plan;
}

void warn(const SolverInputs& in, const FirstOrderCase& plan, const FirstOrderStep& step) {
  if (*plan.model.layers % (plan.pipeline * plan.virtual_stages) != 0) {
    in.warn("the layers do not divide into equal stages, as this model assumes");
  }
  const bool interleaves = plan.pipeline > 1 && plan.virtual_stages > 1;
  if (interleaves && static_cast<std::uint64_t>(step.microbatches) % plan.pipeline != 0) {
    in.warn("interleaving needs a multiple of pp_size microbatches: its formula is a lower bound here");
  }
  if (interleaves && step.hop > step.forward / plan.virtual_stages) {
    in.warn("a hop takes longer than a chunk: interleaved transfers cost more than their formula says");
  }
}

Json parts_of(const FirstOrderStep& step) {
  return {{"compute", step.compute.si()},     {"tensor", step.tensor.si()},         {"expert", step.expert.si()},
          {"context", step.context.si()},     {"bubble", step.bubble.si()},         {"transfers", step.transfers.si()},
          {"gradients", step.gradients.si()}, {"parameters", step.parameters.si()}, {"optimizer", step.update.si()}};
}

Json solve(const SolverInputs& in) {
  const FirstOrderCase plan = read(in);
  const FirstOrderStep step = solve_first_order(plan);
  warn(in, plan, step);
  const double sequences = plan.global_batch / step.step.si();
  return {{"step_s", step.step.si()},
          {"parts_s", parts_of(step)},
          {"microbatches", step.microbatches},
          {"forward_s", step.forward.si()},
          {"backward_s", step.backward.si()},
          {"tensor_collective_s", step.tensor_collective.si()},
          {"expert_collective_s", step.expert_collective.si()},
          {"hop_s", step.hop.si()},
          {"gradients_in_full_s", step.gradients_in_full.si()},
          {"sequences_per_s", sequences},
          {"tokens_per_s", sequences * plan.seq_len},
          {"mfu", step.mfu},
          {"hfu", step.hfu},
          {"model_flops", step.model_flops.si()},
          {"bubble_fraction", step.bubble / step.step},
          {"scaling_efficiency", step.compute / step.step},
          {"sent_per_rank_B",
           {{"gradients", step.gradient_traffic.si()},
            {"tensor", step.tensor_traffic.si()},
            {"expert", step.expert_traffic.si()}}},
          {"parallelism",
           {{"dp", plan.data}, {"tp", plan.tensor}, {"pp", plan.pipeline}, {"cp", plan.context}, {"ep", plan.expert}}}};
}

}  // namespace

constexpr Solver first_order{.source = "D01 to D14, P01 to P11 and Z02, each exact for events; Narayanan et al. 2021",
                             .inputs = inputs,
                             .outputs = outputs,
                             .solve = solve};

}  // namespace lockstep::validation
