#include "validation/solvers/mlsysim/single_node.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

// Of mlsysim's engine/calibration.py: the dispatch of one layer, and what one more sample adds to the bytes moved.
constexpr Seconds layer_tax(10e-6);
constexpr double traffic_per_sample = 0.1;
constexpr double training_flops_per_forward = 3;  // forward, and twice that backward
constexpr double recomputing_flops_per_forward = 4;
constexpr Bandwidth host_link_unless_stated(64e9);       // PCIe Gen5 x16
constexpr double idle_power = 0.3, dynamic_power = 0.7;  // of the TDP: Barroso and Hölzle 2007
constexpr std::uint32_t hidden_dim_unless_stated = 4096;

void check(const SingleNodeCase& node) {
  if (!(node.efficiency >= 1e-9 && node.efficiency <= 1)) {
    throw InputError({.where = "efficiency",
                      .problem = "efficiency must be in [1e-09, 1.0], not " + shortest_text(node.efficiency)});
  }
  if (node.batch_size < 1) throw InputError({.where = "batch_size", .problem = "batch_size must be at least 1"});
}

// The share of a model's parameters that low-rank adapters of rank 16 on four projections a layer train.
double trained_share(const SingleNodeCase& node) {
  if (!node.is_lora) return 1;
  constexpr double rank = 16;
  const double width = node.model.hidden_dim.value_or(hidden_dim_unless_stated);
  return std::min(2 * rank * width * 4 * node.model.layers.value_or(1) / node.model.parameters, 1.0);
}

// Of the whole model: neither tensor nor pipeline parallelism divides it.
Bytes training_footprint(const SingleNodeCase& node, Bytes weights) {
  constexpr Bytes adam_state(12);  // fp32 master weights and two moments
  if (!node.model.is_transformer) {
    return node.model.parameters > 0 ? (2 * bytes_of(node.precision) + adam_state) * node.model.parameters
                                     : 3 * weights;
  }
  const double trained = trained_share(node);
  const double replicas = node.dp_size;
  const Bytes gradients = trained * weights / (node.zero_stage >= 2 ? replicas : 1);
  const Bytes optimizer = trained * adam_state * node.model.parameters / (node.zero_stage >= 1 ? replicas : 1);
  const Recomputation strategy = node.activation_recomputation ? Recomputation::selective : Recomputation::none;
  return weights / (node.zero_stage >= 3 ? replicas : 1) + gradients + optimizer +
         activation_bytes(node.model, node.model.layers.value_or(1), node.seq_len, node.batch_size, node.precision,
                          strategy);
}

Bandwidth bandwidth_of(const DeviceFigures& device, Bytes weights, bool feasible) {
  if (!feasible) return std::min(device.memory_bandwidth, device.host_link.value_or(host_link_unless_stated));
  if (device.sram && device.sram_bandwidth && weights <= *device.sram) return *device.sram_bandwidth;
  return device.flash_bandwidth.value_or(device.memory_bandwidth);
}

double clamped_share(Flops work, Seconds time, FlopRate peak) {
  return time > Seconds(0) ? std::clamp(work / time / peak, 0.0, 1.0) : 0;
}

// The revision of March 2026: inference, whole weights from memory, no tax on layers.
NodeProfile profile_of_march(const SingleNodeCase& node) {
  NodeProfile profile;
  const Bytes weights = node.model.size(node.precision);
  const Flops work = node.model.forward * node.batch_size;
  profile.footprint = weights;
  profile.feasible = weights <= node.device.memory;
  profile.effective_flops = node.device.peak(node.precision) * node.efficiency;
  profile.effective_bandwidth = node.device.memory_bandwidth;
  profile.compute = work / profile.effective_flops;
  profile.memory = weights / profile.effective_bandwidth;
  profile.overhead = node.device.dispatch_tax;
  profile.intensity = work / weights / Quantity<0, -1, 1>(1);
  profile.mfu = profile.hfu = 0;
  return profile;
}

NodeProfile profile_of_today(const SingleNodeCase& node) {
  NodeProfile profile;
  const Bytes weights = node.model.size(node.precision);
  const double passes = !node.is_training               ? 1
                        : node.activation_recomputation ? recomputing_flops_per_forward
                                                        : training_flops_per_forward;
  profile.footprint = node.is_training ? training_footprint(node, weights) : weights;
  profile.feasible = profile.footprint <= node.device.memory;
  profile.effective_flops = node.device.peak(node.precision) * node.efficiency;
  profile.effective_bandwidth = bandwidth_of(node.device, weights, profile.feasible);
  const Flops work = node.model.forward * passes * node.batch_size;
  const Bytes traffic = weights + weights * traffic_per_sample * node.batch_size;
  profile.compute = work / profile.effective_flops;
  profile.memory = traffic / profile.effective_bandwidth;
  profile.overhead =
      node.device.dispatch_tax + layer_tax * (node.model.layers.value_or(1) * (node.is_training ? 3.0 : 1.0));
  profile.intensity = work / traffic / Quantity<0, -1, 1>(1);
  return profile;
}

void add_utilization(const SingleNodeCase& node, NodeProfile& profile) {
  const double passes = node.is_training && node.revision == Revision::current ? training_flops_per_forward : 1;
  const Flops model_work = node.model.forward * passes * node.batch_size;
  const FlopRate peak = node.device.peak(node.precision);
  profile.mfu = clamped_share(model_work, profile.latency, peak);
  const bool recomputes = node.is_training && node.activation_recomputation;
  profile.hfu =
      std::min(profile.mfu * (recomputes ? recomputing_flops_per_forward / training_flops_per_forward : 1.0), 1.0);
  profile.energy_j = node.device.tdp_w.value_or(0) * (idle_power + dynamic_power * profile.hfu) * profile.latency.si();
}

constexpr std::array inputs = {
    SolverInput{.name = "model",
                .kind = InputKind::model,
                .otherwise = "",
                .meaning = "the model",
                .in_scenario = "workload.model"},
    SolverInput{.name = "hardware",
                .kind = InputKind::hardware,
                .otherwise = "",
                .meaning = "the device",
                .in_scenario = "fleet.device"},
    SolverInput{
        .name = "batch_size", .kind = InputKind::count, .otherwise = "1", .meaning = "samples at once", .least = 1},
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
    SolverInput{.name = "is_training",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether a training step is meant, not inference"},
    SolverInput{.name = "seq_len",
                .kind = InputKind::count,
                .otherwise = "2048",
                .meaning = "tokens of a sequence; only the memory of training depends on it",
                .in_scenario = "workload.sequence_length",
                .least = 1},
    SolverInput{.name = "zero_stage",
                .kind = InputKind::count,
                .otherwise = "0",
                .meaning = "what ZeRO shards: 1 optimizer, 2 gradients too, 3 weights too",
                .most = 3},
    SolverInput{.name = "dp_size",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "replicas that ZeRO shards over",
                .least = 1},
    SolverInput{.name = "is_lora",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether only low-rank adapters are trained"},
    SolverInput{.name = "activation_recomputation",
                .kind = InputKind::flag,
                .otherwise = "false",
                .meaning = "whether the backward pass computes activations again"},
};
constexpr std::array outputs = {
    SolverOutput{"latency_s", "s", "max(compute, memory) + overhead"},
    SolverOutput{"compute_s", "s", "flops over the peak that is reached"},
    SolverOutput{"memory_s", "s", "bytes over the memory's bandwidth"},
    SolverOutput{"overhead_s", "s", "dispatch and layer tax"},
    SolverOutput{"throughput_per_s", "1/s", "samples in a second"},
    SolverOutput{"bottleneck", "", "Compute or Memory"},
    SolverOutput{"intensity", "flop/B", "flops for each byte moved"},
    SolverOutput{"energy_J", "J", "TDP (0.3 + 0.7 HFU) latency"},
    SolverOutput{"memory_B", "B", "what has to fit"},
    SolverOutput{"feasible", "", "whether it fits"},
    SolverOutput{"mfu", "1", "model flops over the peak"},
    SolverOutput{"hfu", "1", "executed flops over the peak"},
};

Json solve(const SolverInputs& in) {
  SingleNodeCase node{.model = in.model(), .device = in.hardware()};
  node.batch_size = in.count("batch_size");
  node.precision = in.precision();
  node.efficiency = in.number("efficiency");
  node.is_training = in.flag("is_training");
  node.seq_len = in.count("seq_len");
  node.zero_stage = in.count("zero_stage");
  node.dp_size = in.count("dp_size");
  node.is_lora = in.flag("is_lora");
  node.activation_recomputation = in.flag("activation_recomputation");
  const NodeProfile profile = solve_single_node(node);
  if (!profile.feasible)
    in.warn("the model does not fit into the device: the time is that of paging over its host link");
  return {{"latency_s", profile.latency.si()},
          {"compute_s", profile.compute.si()},
          {"memory_s", profile.memory.si()},
          {"overhead_s", profile.overhead.si()},
          {"throughput_per_s", profile.throughput_per_s},
          {"bottleneck", profile.is_memory_bound ? "Memory" : "Compute"},
          {"intensity", profile.intensity},
          {"energy_J", profile.energy_j},
          {"memory_B", profile.footprint.si()},
          {"feasible", profile.feasible},
          {"mfu", profile.mfu},
          {"hfu", profile.hfu}};
}

}  // namespace

Bytes activation_bytes(const ModelFigures& model, double layers, double seq_len, double batch, Precision precision,
                       Recomputation strategy) {
  const double width = model.hidden_dim.value_or(hidden_dim_unless_stated);
  double of_layer = 34 * seq_len * batch * width;
  if (strategy == Recomputation::full) of_layer = 2 * seq_len * batch * width;
  if (strategy == Recomputation::none) of_layer += 5.0 * model.heads.value_or(0) * seq_len * seq_len * batch;
  return layers * of_layer * bytes_of(precision) / 2;
}

NodeProfile solve_single_node(const SingleNodeCase& node) {
  check(node);
  NodeProfile profile = node.revision == Revision::current ? profile_of_today(node) : profile_of_march(node);
  profile.is_memory_bound = profile.memory > profile.compute;
  profile.latency = std::max(profile.compute, profile.memory) + profile.overhead;
  profile.throughput_per_s = profile.latency > Seconds(0) ? node.batch_size / profile.latency.si() : 0;
  add_utilization(node, profile);
  return profile;
}

constexpr Solver single_node{.source = "mlsysim Engine.solve (harvard-edge/cs249r_book, September 2026)",
                             .inputs = inputs,
                             .outputs = outputs,
                             .solve = solve};

}  // namespace lockstep::validation::mlsysim
