#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/distributed.hpp"
#include "validation/solvers/solver_inputs.hpp"

// How a scenario states what solve_distributed takes.
namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "model",
                .kind = InputKind::model,
                .otherwise = "",
                .meaning = "the model",
                .in_scenario = "workload.model"},
    SolverInput{
        .name = "cluster", .kind = InputKind::fleet, .otherwise = "", .meaning = "the fleet", .in_scenario = "fleet"},
    SolverInput{.name = "fabric",
                .kind = InputKind::fabric,
                .otherwise = may_be_missing,
                .meaning = "another fabric than the fleet's"},
    SolverInput{.name = "oversubscription_ratio",
                .kind = InputKind::number,
                .otherwise = may_be_missing,
                .meaning = "another oversubscription than the fabric's",
                .least = 1e-9},
    SolverInput{.name = "revision",
                .kind = InputKind::choice,
                .otherwise = "current",
                .meaning = "which mlsysim: 289e0182 of March 2026, or 25b627c5 of September",
                .choices = "current|march2026"},
    SolverInput{.name = "batch_size",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "samples of the whole fleet",
                .in_scenario = "workload.global_batch",
                .least = 1},
    SolverInput{.name = "precision",
                .kind = InputKind::choice,
                .otherwise = "fp16",
                .meaning = "of every number",
                .choices = "fp32|tf32|fp16|bf16|fp8|int8|int4",
                .in_scenario = "workload.precision"},
    SolverInput{.name = "efficiency",
                .kind = InputKind::number,
                .otherwise = "0.5",
                .meaning = "share of the peak that compute reaches",
                .in_scenario = "workload.compute.efficiency.default|workload.compute.efficiency"},
    SolverInput{.name = "tp_size",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "tensor parallelism",
                .in_scenario = "workload.parallel.tensor",
                .least = 1},
    SolverInput{.name = "pp_size",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "pipeline stages",
                .in_scenario = "workload.parallel.pipeline",
                .least = 1},
    SolverInput{.name = "ep_size",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "expert parallelism, taken out of data parallelism here",
                .in_scenario = "workload.parallel.expert",
                .least = 1},
    SolverInput{.name = "v_stages",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "virtual stages of a device",
                .in_scenario = "workload.virtual_stages",
                .least = 1},
    SolverInput{.name = "microbatch_count",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "microbatches of a step; 1 unless their size is stated",
                .least = 1},
    SolverInput{.name = "microbatch",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "sequences that a replica works on at once: not of mlsysim, makes up for microbatch_count",
                .in_scenario = "workload.microbatch",
                .least = 1},
    SolverInput{.name = "dp_size",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "replicas that share the batch, where microbatches are stated by their size",
                .in_scenario = "workload.parallel.data",
                .least = 1},
    SolverInput{.name = "topology_override",
                .kind = InputKind::text,
                .otherwise = may_be_missing,
                .meaning = "accepted, and read by no revision of mlsysim"},
    SolverInput{.name = "zero_stage",
                .kind = InputKind::count,
                .otherwise = "0",
                .meaning = "ZeRO; only the memory depends on it",
                .in_scenario = "workload.parallel.zero",
                .most = 3},
    SolverInput{.name = "is_lora",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether only low-rank adapters are trained"},
    SolverInput{.name = "activation_recomputation",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether the backward pass computes activations again",
                .in_scenario = "workload.recompute"},
    SolverInput{.name = "overlap_comm",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether gradients travel behind the backward pass",
                .in_scenario = "workload.overlap.gradients"},
    SolverInput{.name = "overlap_efficiency",
                .kind = InputKind::number,
                .otherwise = "0.85",
                .meaning = "the share of them that is hidden",
                .most = 1},
    SolverInput{.name = "congestion_factor",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "times as long that all communication takes"},
    SolverInput{.name = "straggler_factor",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "times as long that the step takes; below 1 counts as 1"},
    SolverInput{.name = "moe_routing_imbalance_factor",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "times as many tokens that the busiest expert gets",
                .least = 1},
    SolverInput{.name = "gradient_accumulation_steps",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "divides the gradients' time, and changes nothing else",
                .least = 1},
    SolverInput{.name = "seq_len",
                .kind = InputKind::count,
                .otherwise = "2048",
                .meaning = "tokens of a sequence; compute does not depend on it",
                .in_scenario = "workload.sequence_length",
                .least = 1},
};
constexpr std::array outputs = {
    SolverOutput{"node_latency_s", "s", "the undivided model on one device"},
    SolverOutput{"node_compute_s", "s", "its compute"},
    SolverOutput{"node_memory_s", "s", "its memory traffic"},
    SolverOutput{"node_overhead_s", "s", "its dispatch and layer tax"},
    SolverOutput{"node_bottleneck", "", "Compute or Memory"},
    SolverOutput{"node_feasible", "", "whether the undivided model fits"},
    SolverOutput{"node_mfu", "1", "model flops over the peak"},
    SolverOutput{"node_memory_footprint_B", "B", "of the undivided model"},
    SolverOutput{"node_effective_bw_Bps", "B/s", "of its memory traffic"},
    SolverOutput{"node_effective_flops", "flop/s", "peak times efficiency"},
    SolverOutput{"node_throughput_per_s", "1/s", "samples in a second"},
    SolverOutput{"dp_comm_s", "s", "all-reduce of gradients"},
    SolverOutput{"tp_comm_s", "s", "all-reduces of activations"},
    SolverOutput{"ep_comm_s", "s", "all-to-all of routed tokens"},
    SolverOutput{"comm_total_s", "s", "their sum"},
    SolverOutput{"bubble_fraction", "1", "(P-1)/(VM+P-1)"},
    SolverOutput{"bubble_s", "s", "that fraction of the node's time"},
    SolverOutput{"step_s", "s", "the step"},
    SolverOutput{"scaling_efficiency", "1", "the node's time over the step"},
    SolverOutput{"effective_throughput_per_s", "1/s", "as mlsysim counts it: tp·pp·ep times the sequences"},
    SolverOutput{"parallelism", "", "dp, tp, pp, ep"},
    SolverOutput{"reference_6PD_compute_s_per_step", "s",
                 "6 P_active flops a token at this share of the fp16 peak; null for other models"},
};

std::uint32_t microbatches_of(const SolverInputs& in, const DistributedCase& step) {
  if (const auto stated = in.maybe_count("microbatch_count")) return *stated;
  const auto size = in.maybe_count("microbatch");
  if (!size) return 1;
  const std::uint64_t model_ranks = std::uint64_t{step.tp_size} * step.pp_size;
  const std::uint64_t replicas = in.maybe_count("dp_size").value_or(step.fleet.devices() / model_ranks);
  return static_cast<std::uint32_t>(
      std::max<std::uint64_t>(step.batch_size / std::max(replicas * *size, std::uint64_t{1}), 1));
}

DistributedCase read(const SolverInputs& in) {
  DistributedCase step{.model = in.model(), .fleet = in.fleet()};
  step.revision = in.text("revision") == "current" ? Revision::current : Revision::march2026;
  step.precision = in.precision();
  step.efficiency = in.number("efficiency");
  step.batch_size = in.count("batch_size");
  step.tp_size = in.count("tp_size");
  step.pp_size = in.count("pp_size");
  step.ep_size = in.count("ep_size");
  step.v_stages = in.count("v_stages");
  step.microbatch_count = microbatches_of(in, step);
  step.seq_len = in.count("seq_len");
  step.zero_stage = in.count("zero_stage");
  step.is_lora = in.flag("is_lora");
  step.activation_recomputation = in.flag("activation_recomputation");
  step.overlap_comm = in.flag("overlap_comm");
  step.overlap_efficiency = in.number("overlap_efficiency");
  step.congestion_factor = in.number("congestion_factor");
  step.straggler_factor = in.number("straggler_factor");
  step.moe_routing_imbalance_factor = in.number("moe_routing_imbalance_factor");
  step.gradient_accumulation_steps = in.count("gradient_accumulation_steps");
  return step;
}

void warn(const SolverInputs& in, const DistributedCase& step, const DistributedStep& solved) {
  if (step.batch_size < solved.dp_size) in.warn("there are fewer samples than replicas: some of them would be idle");
  if (!solved.node.feasible) {
    in.warn("the undivided model does not fit into one device: mlsysim charges its paging over the host link");
  }
  if (in.stated("topology_override")) in.warn("topology_override has no effect: no revision of mlsysim reads it");
}

Json solve(const SolverInputs& in) {
  const DistributedCase step = read(in);
  const DistributedStep solved = solve_distributed(step);
  warn(in, step, solved);
  const NodeProfile& node = solved.node;
  return {{"node_latency_s", node.latency.si()},
          {"node_compute_s", node.compute.si()},
          {"node_memory_s", node.memory.si()},
          {"node_overhead_s", node.overhead.si()},
          {"node_bottleneck", node.is_memory_bound ? "Memory" : "Compute"},
          {"node_feasible", node.feasible},
          {"node_mfu", node.mfu},
          {"node_memory_footprint_B", node.footprint.si()},
          {"node_effective_bw_Bps", node.effective_bandwidth.si()},
          {"node_effective_flops", node.effective_flops.si()},
          {"node_throughput_per_s", node.throughput_per_s},
          {"dp_comm_s", solved.data.si()},
          {"tp_comm_s", solved.tensor.si()},
          {"ep_comm_s", solved.expert.si()},
          {"comm_total_s", solved.communication.si()},
          {"bubble_fraction", solved.bubble_fraction},
          {"bubble_s", solved.bubble.si()},
          {"step_s", solved.step.si()},
          {"scaling_efficiency", solved.scaling_efficiency},
          {"effective_throughput_per_s", solved.effective_throughput_per_s},
          {"parallelism", {{"dp", solved.dp_size}, {"tp", step.tp_size}, {"pp", step.pp_size}, {"ep", step.ep_size}}},
          {"reference_6PD_compute_s_per_step", step.model.is_transformer ? Json(ideal_step(step).si()) : Json()}};
}

}  // namespace

constexpr Solver distributed{
    .source = "mlsysim DistributedModel.solve (harvard-edge/cs249r_book, revisions 289e0182 and 25b627c5)",
    .inputs = inputs,
    .outputs = outputs,
    .solve = solve};

}  // namespace lockstep::validation::mlsysim
