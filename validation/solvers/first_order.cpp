#include "validation/solvers/first_order.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "validation/closed_forms/ring.hpp"

namespace lockstep::validation {
namespace {

constexpr double flops_per_parameter_forward = 2;  // Kaplan et al. 2020; backward twice that

void refuse_unless(bool is_legal, const char* where, const std::string& problem) {
  if (!is_legal) throw InputError({.where = where, .problem = problem});
}

void check(const FirstOrderCase& plan) {
  const std::uint64_t ranks = std::uint64_t{plan.data} * plan.tensor * plan.pipeline * plan.context;
  refuse_unless(ranks == plan.fleet.devices(), "dp_size",
                "the plan has " + std::to_string(ranks) + " ranks (dp x tp x pp x cp), the fleet " +
                    std::to_string(plan.fleet.devices()) + " devices");
  const std::uint64_t at_once = std::uint64_t{plan.data} * plan.microbatch;
  refuse_unless(at_once > 0 && plan.global_batch % at_once == 0 && plan.global_batch > 0, "batch_size",
                "a batch of " + std::to_string(plan.global_batch) + " is no multiple of dp_size x microbatch, " +
                    std::to_string(at_once));
  refuse_unless((std::uint64_t{plan.data} * plan.context) % plan.expert == 0, "ep_size",
                "expert ranks are data and context ranks, so that ep_size divides dp_size x cp_size");
  refuse_unless(plan.model.experts % plan.expert == 0, "ep_size",
                "the model's " + std::to_string(plan.model.experts) + " experts do not divide among " +
                    std::to_string(plan.expert) + " expert ranks");
  refuse_unless(plan.efficiency > 0 && plan.efficiency <= 1, "efficiency", "must be above 0 and at most 1");
  refuse_unless(plan.zero < 3 || plan.pipeline == 1, "zero_stage",
                "there is no closed form of weights that are gathered again for every microbatch of a pipeline");
  refuse_unless(plan.bucket > Bytes(0), "buckets", "must be positive");
}

// A link as the slowest of a ring through `group` ranks that stand `stride` apart, nodes filled one after the other.
Hockney link_of(const FirstOrderCase& plan, double group, double stride) {
  const LinkFigures& inside = plan.fleet.inside;
  const bool is_inside = group * stride <= plan.fleet.devices_per_node;
  if (is_inside) return {inside.latency, pace(inside.bandwidth)};
  return {plan.fleet.fabric.link.latency, pace(plan.fleet.fabric.bandwidth())};
}

struct Work {
  double layers = 1;                                   // of a device
  double tokens = 1;                                   // of one microbatch on a context rank
  Bytes activations = {};                              // that a layer hands on
  Flops forward = {};                                  // of one microbatch on one device
  Flops attention = {};                                // the part of it in s²
  double dense_parameters = 0, expert_parameters = 0;  // of a device's shard
};

double attention_share(AttentionCount count) {
  if (count == AttentionCount::none) return 0;
  return count == AttentionCount::causal ? 0.5 : 1;
}

// Parameters in experts, from P = dense + E x and P_active = dense + k x.
double expert_parameters(const ModelFigures& model) {
  const double idle_experts = static_cast<double>(model.experts) - model.active_experts_per_token;
  if (!model.is_sparse || idle_experts <= 0) return 0;
  return model.experts * (model.parameters - model.active_parameters) / idle_experts;
}

Work work_of(const FirstOrderCase& plan) {
  Work work;
  const ModelFigures& model = plan.model;
  const double width = model.hidden_dim.value_or(1);
  const double shards = static_cast<double>(plan.tensor) * plan.pipeline;
  work.layers = static_cast<double>(model.layers.value_or(1)) / plan.pipeline;
  work.tokens = static_cast<double>(plan.microbatch) * plan.seq_len / plan.context;
  work.activations = work.tokens * width * bytes_of(plan.precision);
  // Two products of s x s x h a layer: 4sh flops a token (D12).
  work.attention =
      Flops(attention_share(plan.attention) * 4 * width * plan.seq_len * work.tokens * work.layers / plan.tensor);
  work.forward = Flops(flops_per_parameter_forward * model.active_parameters * work.tokens / shards) + work.attention;
  const double in_experts = expert_parameters(model);
  work.dense_parameters = (model.parameters - in_experts) / shards;
  work.expert_parameters = in_experts / shards / plan.expert;
  return work;
}

// Exposed in the forward pass of one microbatch; backward passes expose as much again, or twice for context.
struct Exposed {
  Seconds tensor = {}, expert = {}, context = {};
};

Seconds context_exposed(const FirstOrderCase& plan, const Work& work, FlopRate rate) {
  if (plan.context <= 1) return Seconds(0);
  const ModelFigures& model = plan.model;
  const double kv_share =
      static_cast<double>(model.kv_heads.value_or(model.heads.value_or(1))) / model.heads.value_or(1);
  const Hockney link = link_of(plan, plan.context, plan.tensor);
  const Seconds hop = link.alpha + 2 * kv_share * work.activations / plan.tensor * link.beta;
  const Seconds block = work.attention / rate / work.layers / plan.context;
  return work.layers * (ring_attention(plan.context, block, hop) - plan.context * block);
}

Exposed exposed_of(const FirstOrderCase& plan, const Work& work, FlopRate rate, FirstOrderStep& step) {
  Exposed exposed;
  if (plan.tensor > 1) {
    step.tensor_collective = ring_all_reduce(plan.tensor, work.activations, link_of(plan, plan.tensor, 1));
    exposed.tensor = 2 * work.layers * step.tensor_collective;
  }
  if (plan.expert > 1) {
    const double stride = static_cast<double>(plan.tensor) * plan.context;
    const Bytes routed =
        work.activations * plan.model.active_experts_per_token / (plan.sequence_parallel ? plan.tensor : 1.0);
    const double share = std::min(plan.imbalance / plan.expert, 1.0);
    step.expert_collective = expert_all_to_all(plan.expert, routed, share, link_of(plan, plan.expert, stride));
    const double with_experts =
        plan.moe_layers == 0 ? work.layers : static_cast<double>(plan.moe_layers) / plan.pipeline;
    exposed.expert = 2 * with_experts * step.expert_collective;
    const double operations = 4 * with_experts * step.microbatches;
    step.expert_traffic = operations * ((plan.expert - 1.0) / plan.expert) * routed;
  }
  exposed.context = context_exposed(plan, work, rate);
  return exposed;
}

// An all-reduce of `shard` bytes over `group` ranks that stand `stride` apart.
Seconds group_all_reduce(const FirstOrderCase& plan, Bytes shard, std::uint32_t group, std::uint32_t stride) {
  if (group <= 1) return Seconds(0);
  const std::uint32_t peers = std::clamp(plan.fleet.devices_per_node / stride, 1U, group);
  const bool spans_nodes = peers < group;
  if (plan.algorithm == GradientAlgorithm::ring || !spans_nodes || peers == 1) {
    return ring_all_reduce(group, shard, link_of(plan, group, stride));
  }
  const Hockney inside{plan.fleet.inside.latency, pace(plan.fleet.inside.bandwidth)};
  const Hockney between{plan.fleet.fabric.link.latency, pace(plan.fleet.fabric.bandwidth())};
  const auto nodes = static_cast<std::uint32_t>(std::ceil(static_cast<double>(group) / peers));
  return ring_all_reduce(peers, shard, inside) + ring_all_reduce(nodes, shard / peers, between);
}

struct GradientTime {
  Bytes bytes = {};
  Seconds all_reduce = {};
};

GradientTime gradients_of(const FirstOrderCase& plan, const Work& work, FirstOrderStep& step) {
  const std::uint32_t group = plan.data * plan.context;
  const std::uint32_t expert_group = group / plan.expert;
  const Bytes each = bytes_of(plan.gradients);
  const Bytes dense = work.dense_parameters * each, experts = work.expert_parameters * each;
  const auto traffic = [](Bytes shard, double ranks) {
    return data_parallel_traffic(ranks, shard, Sharding::none_or_optimizer);
  };
  step.gradient_traffic = traffic(dense, group) + traffic(experts, expert_group);
  return {dense + experts, group_all_reduce(plan, dense, group, plan.tensor) +
                               group_all_reduce(plan, experts, expert_group, plan.tensor * plan.expert)};
}

// Gradients after the last backward pass, or behind it in buckets. ZeRO scatters them, and gathers weights after the
// update: half an all-reduce each.
void add_gradients(const FirstOrderCase& plan, const Work& work, Seconds backward, FirstOrderStep& step) {
  const GradientTime gradients = gradients_of(plan, work, step);
  const Seconds reduction = plan.zero == 0 ? gradients.all_reduce : gradients.all_reduce / 2;
  const double weights_per_gradient = bytes_of(plan.precision) / bytes_of(plan.gradients);
  if (plan.zero > 0) step.parameters = gradients.all_reduce / 2 * weights_per_gradient;
  step.gradients_in_full = step.gradients = reduction;
  if (plan.overlap_gradients && gradients.bytes > Bytes(0)) {
    const double buckets = std::max(1.0, std::ceil(gradients.bytes / plan.bucket));
    step.gradients = exposed_buckets(buckets, reduction / buckets, backward);
  }
}

// Weights that are sharded too: gathered a layer ahead in every pass, gradients scattered in every backward pass.
void add_sharded_weights(const FirstOrderCase& plan, const Work& work, Seconds forward, Seconds backward,
                         FirstOrderStep& step) {
  const GradientTime gradients = gradients_of(plan, work, step);
  const double weights_per_gradient = bytes_of(plan.precision) / bytes_of(plan.gradients);
  const double layers = work.layers;
  const Seconds scatter = gradients.all_reduce / 2 / layers;
  const Seconds gather = scatter * weights_per_gradient;
  const Seconds first = sharded_forward(layers, gather, forward / layers) - forward;
  const Seconds second = sharded_backward(layers, gather, backward / layers, scatter) - backward;
  step.parameters = step.microbatches * (first + second);
  step.gradient_traffic *= 1.5 * step.microbatches;  // D03: three passes instead of two, for every microbatch
  step.gradients_in_full = step.microbatches * gradients.all_reduce / 2;
}

void add_pipeline(const FirstOrderCase& plan, const Work& work, Seconds forward_and_backward, FirstOrderStep& step) {
  const double stride = static_cast<double>(plan.tensor) * plan.context * plan.data;
  const Hockney link = link_of(plan, plan.pipeline, stride);
  if (plan.pipeline > 1 && !plan.free_transfers) {
    step.hop = link.alpha + work.activations / plan.tensor * link.beta;
  }
  const EqualPipeline pipeline{plan.virtual_stages > 1 ? PipelineOrder::interleaved : plan.order,
                               static_cast<double>(plan.pipeline), step.microbatches,
                               static_cast<double>(plan.virtual_stages), step.hop};
  step.bubble = fill_and_drain(pipeline, forward_and_backward);
  step.transfers = exposed_transfers(pipeline);
}

void add_utilization(const FirstOrderCase& plan, const Work& work, FirstOrderStep& step) {
  const double shares = static_cast<double>(plan.fleet.devices()) * step.microbatches;
  const FlopRate peak = plan.fleet.device.peak(plan.precision);
  step.model_flops = 3 * shares * work.forward;
  step.mfu = utilization(step.model_flops, step.step, plan.fleet.devices(), peak);
  step.hfu = step.mfu * (plan.recompute ? 4.0 / 3.0 : 1.0);
}

}  // namespace

FirstOrderStep solve_first_order(const FirstOrderCase& plan) {
  check(plan);
  FirstOrderStep step;
  step.microbatches = static_cast<double>(plan.global_batch) / (static_cast<double>(plan.data) * plan.microbatch);
  const Work work = work_of(plan);
  const FlopRate rate = plan.fleet.device.peak(plan.precision) * plan.efficiency;
  const double again = plan.recompute ? 1 : 0;  // the forward pass once more, its communication included
  step.forward = work.forward / rate;
  step.backward = (2 + again) * step.forward;
  const Exposed exposed = exposed_of(plan, work, rate, step);
  const Seconds forward = step.forward + exposed.tensor + exposed.expert + exposed.context;
  const Seconds backward =
      step.backward + (1 + again) * (exposed.tensor + exposed.expert) + (2 + again) * exposed.context;
  step.compute = step.microbatches * (step.forward + step.backward);
  step.tensor = step.microbatches * (2 + again) * exposed.tensor;
  step.expert = step.microbatches * (2 + again) * exposed.expert;
  step.context = step.microbatches * (3 + again) * exposed.context;
  if (plan.tensor > 1) {
    step.tensor_traffic =
        step.microbatches * (2 + again) * 2 * work.layers * 2 * ((plan.tensor - 1.0) / plan.tensor) * work.activations;
  }
  add_pipeline(plan, work, forward + backward, step);
  if (plan.zero == 3) {
    add_sharded_weights(plan, work, forward, backward, step);
  } else {
    add_gradients(plan, work, backward, step);
  }
  step.update = plan.optimizer;
  step.step = step.compute + step.tensor + step.expert + step.context + step.bubble + step.transfers + step.gradients +
              step.parameters + step.update;
  add_utilization(plan, work, step);
  return step;
}

}  // namespace lockstep::validation
