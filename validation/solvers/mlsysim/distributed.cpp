#include "validation/solvers/mlsysim/distributed.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/communication.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr double lora_gradient_share = 0.01;  // of engine/calibration.py
constexpr double all_reduces_per_layer = 4;   // two forward, two backward: Shoeybi et al. 2019
constexpr std::uint32_t hidden_dim_unless_stated = 4096;

void refuse_below(double value, double least, const char* name, const char* shown) {
  if (!(value >= least)) {
    throw InputError({.where = name, .problem = std::string(name) + " must be at least " + shown});
  }
}

void check(const DistributedCase& step) {
  refuse_below(step.tp_size, 1, "tp_size", "1");
  refuse_below(step.pp_size, 1, "pp_size", "1");
  refuse_below(step.ep_size, 1, "ep_size", "1");
  refuse_below(step.batch_size, 1, "batch_size", "1");
  refuse_below(step.v_stages, 1, "v_stages", "1");
  refuse_below(step.microbatch_count, 1, "microbatch_count", "1");
  refuse_below(step.gradient_accumulation_steps, 1, "gradient_accumulation_steps", "1");
  refuse_below(step.moe_routing_imbalance_factor, 1, "moe_routing_imbalance_factor", "1");
  if (!(step.overlap_efficiency >= 0 && step.overlap_efficiency <= 1)) {
    throw InputError({.where = "overlap_efficiency", .problem = "overlap_efficiency must be in [0.0, 1.0]"});
  }
}

// The revision of March dropped the devices that do not fill a group; today's refuses the plan.
std::uint32_t data_parallel_size(const DistributedCase& step) {
  const std::uint64_t group = std::uint64_t{step.tp_size} * step.pp_size * step.ep_size;
  const std::uint32_t devices = step.fleet.devices();
  const std::string plan = "infeasible 4D parallelism: tp_size " + std::to_string(step.tp_size) + " x pp_size " +
                           std::to_string(step.pp_size) + " x ep_size " + std::to_string(step.ep_size);
  if (group > devices) {
    throw InputError({.where = "tp_size",
                      .problem = plan + " is more than the fleet's " + std::to_string(devices) + " accelerators"});
  }
  if (step.revision == Revision::current && devices % group != 0) {
    throw InputError(
        {.where = "tp_size",
         .problem = plan + " must divide the total of " + std::to_string(devices) + " accelerators exactly"});
  }
  return static_cast<std::uint32_t>(devices / group);
}

NodeProfile profile(const DistributedCase& step, std::uint32_t replicas, std::uint32_t local_batch) {
  return solve_single_node({.model = step.model,
                            .device = step.fleet.device,
                            .revision = step.revision,
                            .precision = step.precision,
                            .efficiency = step.efficiency,
                            .batch_size = local_batch,
                            .is_training = true,
                            .seq_len = step.seq_len,
                            .zero_stage = step.zero_stage,
                            .dp_size = replicas,
                            .is_lora = step.is_lora,
                            .activation_recomputation = step.activation_recomputation});
}

Bandwidth inside(const DistributedCase& step) {
  return step.revision == Revision::current ? step.fleet.inside.bandwidth : step.fleet.inside_both_directions;
}
LinkFigures inside_link(const DistributedCase& step) {
  return {inside(step), step.fleet.inside.latency};
}
LinkFigures between(const DistributedCase& step) {
  return {step.fleet.fabric.bandwidth(), step.fleet.fabric.link.latency};
}

// March 2026 counted the bytes of the model in fp16, whatever the precision.
Bytes model_bytes(const DistributedCase& step) {
  return step.model.size(step.revision == Revision::current ? step.precision : Precision::fp16);
}

Seconds data_parallel_time(const DistributedCase& step, std::uint32_t replicas) {
  if (replicas <= 1) return Seconds(0);
  const Bytes gradients = model_bytes(step) / step.tp_size * (step.is_lora ? lora_gradient_share : 1.0);
  const std::uint32_t per_node = step.fleet.devices_per_node;
  if (per_node <= 1 || replicas <= per_node) return ring_all_reduce(gradients, replicas, inside_link(step));
  if (step.revision == Revision::march2026) {
    const std::uint32_t whole_nodes = replicas / per_node;
    return hierarchical_all_reduce_of_march(gradients, whole_nodes, per_node, inside(step), between(step));
  }
  const double nodes = std::ceil(static_cast<double>(replicas) / per_node);
  return hierarchical_all_reduce(gradients, nodes, per_node, inside(step), between(step));
}

// The activations that one layer hands on, of the whole local batch at once.
Bytes activations(const DistributedCase& step, std::uint32_t local_batch) {
  return static_cast<double>(local_batch) * step.seq_len * step.model.hidden_dim.value_or(hidden_dim_unless_stated) *
         bytes_of(step.precision);
}

Seconds tensor_parallel_time(const DistributedCase& step, std::uint32_t local_batch) {
  if (step.tp_size <= 1) return Seconds(0);
  if (step.revision == Revision::march2026) return model_bytes(step) / step.tp_size / inside(step);
  const LinkFigures link = step.tp_size <= step.fleet.devices_per_node ? inside_link(step) : between(step);
  return all_reduces_per_layer * step.model.layers.value_or(1) *
         ring_all_reduce(activations(step, local_batch), step.tp_size, link);
}

Seconds expert_parallel_time(const DistributedCase& step, std::uint32_t local_batch) {
  if (step.ep_size <= 1) return Seconds(0);
  if (step.revision == Revision::march2026) return all_to_all(model_bytes(step), step.ep_size, between(step));
  const Bytes routed =
      activations(step, local_batch) * step.model.active_experts_per_token * step.moe_routing_imbalance_factor;
  return all_to_all(routed, step.ep_size, between(step));
}

}  // namespace

DistributedStep solve_distributed(const DistributedCase& step) {
  check(step);
  DistributedStep solved;
  solved.dp_size = data_parallel_size(step);
  const std::uint32_t local_batch = std::max(1U, step.batch_size / solved.dp_size);
  solved.node = profile(step, solved.dp_size, local_batch);
  solved.data = data_parallel_time(step, solved.dp_size) * step.congestion_factor / step.gradient_accumulation_steps;
  solved.tensor = tensor_parallel_time(step, local_batch) * step.congestion_factor;
  solved.expert = expert_parallel_time(step, local_batch) * step.congestion_factor;
  solved.communication = solved.data + solved.tensor + solved.expert;
  solved.bubble_fraction = bubble_fraction(step.pp_size, step.microbatch_count, step.v_stages);
  solved.bubble = step.pp_size > 1 ? solved.node.latency * solved.bubble_fraction : Seconds(0);
  const double exposed = step.overlap_comm ? 1 - step.overlap_efficiency : 1;
  solved.step = solved.node.latency + solved.data * exposed + solved.tensor + solved.expert + solved.bubble;
  if (step.straggler_factor > 1) solved.step *= step.straggler_factor;
  solved.scaling_efficiency = solved.node.latency / solved.step;
  solved.effective_throughput_per_s = step.fleet.devices() * solved.node.throughput_per_s * solved.scaling_efficiency;
  return solved;
}

Seconds ideal_step(const DistributedCase& step) {
  constexpr double flops_per_parameter = 6;  // Kaplan et al. 2020: 2 forward, 4 backward
  const Flops work = Flops(flops_per_parameter * step.model.active_parameters) * step.batch_size * step.seq_len;
  return work / (step.fleet.device.peak(Precision::fp16) * step.efficiency * step.fleet.devices());
}

}  // namespace lockstep::validation::mlsysim
