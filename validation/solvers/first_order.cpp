#include "validation/solvers/first_order.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "validation/closed_forms/all_to_all.hpp"
#include "validation/closed_forms/ring.hpp"
#include "validation/solvers/first_order_replicas.hpp"

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
  refuse_unless(plan.zero < 3 || plan.pipeline == 1 || !plan.overlap_parameters, "zero_stage",
                "there is no closed form of weights that are gathered ahead for every microbatch of a pipeline");
  refuse_unless(plan.bucket > Bytes(0), "buckets", "must be positive");
}

Hockney cost_of(const LinkFigures& link) {
  return {link.latency, pace(link.bandwidth)};
}

// Of a ring through `group` ranks that stand `stride` apart.
Hockney link_of(const FirstOrderCase& plan, double group, double stride) {
  const bool is_inside = group * stride <= plan.fleet.devices_per_node;
  return is_inside ? cost_of(plan.fleet.inside)
                   : cost_of({plan.fleet.fabric.bandwidth(), plan.fleet.fabric.link.latency});
}

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

// Exposed in the forward pass of one microbatch; backward passes expose as much again, or twice for context.
struct Exposed {
  Seconds tensor = {}, expert = {}, context = {};
};

Seconds context_exposed(const FirstOrderCase& plan, const FirstOrderWork& work, const Hockney& link, FlopRate rate) {
  if (plan.context <= 1) return Seconds(0);
  const ModelFigures& model = plan.model;
  const double kv_share =
      static_cast<double>(model.kv_heads.value_or(model.heads.value_or(1))) / model.heads.value_or(1);
  const Seconds hop = link.alpha + 2 * kv_share * work.activations / plan.tensor * link.beta;
  const Seconds block = work.attention / rate / work.layers / plan.context;
  return work.layers * (ring_attention(plan.context, block, hop) - plan.context * block);
}

Seconds expert_collective(const FirstOrderCase& plan, Bytes routed, const Hockney& link) {
  if (plan.exchange == ExpertAlgorithm::pairwise)
    return pairwise_all_to_all(plan.expert, plan.imbalance * routed, link);
  return expert_all_to_all(plan.expert, routed, std::min(plan.imbalance / plan.expert, 1.0), link);
}

Exposed exposed_of(const FirstOrderCase& plan, const FirstOrderWork& work, const GroupLinks& links,
                   FirstOrderStep& step) {
  Exposed exposed;
  if (plan.tensor > 1) {
    step.tensor_collective = ring_all_reduce(plan.tensor, work.activations, links.tensor);
    exposed.tensor = 2 * work.layers * step.tensor_collective;
  }
  if (plan.expert > 1) {
    const Bytes routed =
        work.activations * plan.model.active_experts_per_token / (plan.sequence_parallel ? plan.tensor : 1.0);
    step.expert_collective = expert_collective(plan, routed, links.expert);
    const double with_experts =
        plan.moe_layers == 0 ? work.layers : static_cast<double>(plan.moe_layers) / plan.pipeline;
    exposed.expert = 2 * with_experts * step.expert_collective;
    const double operations = 4 * with_experts * step.microbatches;
    step.expert_traffic = operations * ((plan.expert - 1.0) / plan.expert) * routed;
  }
  exposed.context =
      context_exposed(plan, work, links.context, plan.fleet.device.peak(plan.precision) * plan.efficiency);
  return exposed;
}

void add_pipeline(const FirstOrderCase& plan, Seconds forward_and_backward, FirstOrderStep& step) {
  const EqualPipeline pipeline{plan.virtual_stages > 1 ? PipelineOrder::interleaved : plan.order,
                               static_cast<double>(plan.pipeline), step.microbatches,
                               static_cast<double>(plan.virtual_stages), step.hop};
  step.bubble = fill_and_drain(pipeline, forward_and_backward);
  step.transfers = exposed_transfers(pipeline);
}

void add_utilization(const FirstOrderCase& plan, const FirstOrderWork& work, FirstOrderStep& step) {
  const double shares = static_cast<double>(plan.fleet.devices()) * step.microbatches;
  const FlopRate peak = plan.fleet.device.peak(plan.precision);
  step.model_flops = 3 * shares * work.forward;
  step.mfu = utilization(step.model_flops, step.step, plan.fleet.devices(), peak);
  step.hfu = step.mfu * (plan.recompute ? 4.0 / 3.0 : 1.0);
}

}  // namespace

FirstOrderWork work_of(const FirstOrderCase& plan) {
  FirstOrderWork work;
  const ModelFigures& model = plan.model;
  const double width = model.hidden_dim.value_or(1);
  const double shards = static_cast<double>(plan.tensor) * plan.pipeline;
  work.layers = static_cast<double>(model.layers.value_or(1)) / plan.pipeline;
  work.tokens = static_cast<double>(plan.microbatch) * plan.seq_len / plan.context;
  work.activations = work.tokens * width * bytes_of(plan.precision);
  // Two products of s x s x h a layer: 4sh flops a token (D12).
  work.attention =
      Flops(attention_share(plan.attention) * 4 * width * plan.seq_len * work.tokens * work.layers / plan.tensor);
  const Flops of_token =
      model.is_transformer ? Flops(flops_per_parameter_forward * model.active_parameters) : model.forward;
  work.forward = of_token * work.tokens / shards + work.attention;
  const double in_experts = expert_parameters(model);
  work.dense_parameters = (model.parameters - in_experts) / shards;
  work.expert_parameters = in_experts / shards / plan.expert;
  return work;
}

GroupLinks links_of(const FirstOrderCase& plan) {
  if (plan.links) return *plan.links;
  const double tensor = plan.tensor;
  const double replica = tensor * plan.context;
  const double group = static_cast<double>(plan.data) * plan.context;
  return {.tensor = link_of(plan, tensor, 1),
          .context = link_of(plan, plan.context, tensor),
          .expert = link_of(plan, plan.expert, tensor),
          .data = link_of(plan, group, tensor),
          .expert_data = link_of(plan, group / plan.expert, tensor * plan.expert),
          .pipeline = link_of(plan, plan.pipeline, replica * plan.data)};
}

FirstOrderStep solve_first_order(const FirstOrderCase& plan) {
  check(plan);
  FirstOrderStep step;
  step.microbatches = static_cast<double>(plan.global_batch) / (static_cast<double>(plan.data) * plan.microbatch);
  const FirstOrderWork work = work_of(plan);
  const FlopRate rate = plan.fleet.device.peak(plan.precision) * plan.efficiency;
  const double again = plan.recompute ? 1 : 0;  // the forward pass once more, its communication included
  step.forward = work.forward / rate;
  step.backward = (2 + again) * step.forward;
  const GroupLinks links = links_of(plan);
  const Exposed exposed = exposed_of(plan, work, links, step);
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
  if (plan.pipeline > 1 && !plan.free_transfers) {
    step.hop = links.pipeline.alpha + work.activations / plan.tensor * links.pipeline.beta;
  }
  const ReplicaCosts replicas = replica_costs(plan, work, links, {forward, backward, step.hop});
  const Seconds in_passes =
      replicas.gradients_in_passes + replicas.parameters_in_forward + replicas.parameters_in_backward;
  step.gradients = step.microbatches * replicas.gradients_in_passes + replicas.gradients;
  step.parameters =
      step.microbatches * (replicas.parameters_in_forward + replicas.parameters_in_backward) + replicas.parameters;
  step.gradients_in_full = replicas.gradients_in_full;
  step.gradient_traffic = replicas.traffic;
  step.buckets = replicas.buckets;
  step.forward_pass = forward + replicas.parameters_in_forward;
  step.backward_pass = backward + replicas.parameters_in_backward + replicas.gradients_in_passes;
  add_pipeline(plan, forward + backward + in_passes, step);
  step.update = plan.optimizer;
  step.step = step.compute + step.tensor + step.expert + step.context + step.bubble + step.transfers + step.gradients +
              step.parameters + step.update;
  add_utilization(plan, work, step);
  return step;
}

}  // namespace lockstep::validation
