#include "validation/solvers/first_order_replicas.hpp"

#include <algorithm>
#include <cmath>

#include "validation/closed_forms/ring.hpp"

namespace lockstep::validation {
namespace {

Hockney cost_of(const LinkFigures& link) {
  return {link.latency, pace(link.bandwidth)};
}

// What the replicas of a device exchange: dense weights go round all of them, experts round those that have the same.
class Replicas {
 public:
  Replicas(const FirstOrderCase& plan, const FirstOrderWork& work, const GroupLinks& links)
      : plan_(plan), work_(work), links_(links), dense_(plan.data * plan.context), experts_(dense_ / plan.expert) {}

  // Of so many numbers of `each` bytes: all that a device has.
  Bytes bytes(Bytes each) const { return (work_.dense_parameters + work_.expert_parameters) * each; }
  // One way round with a part of them: a reduce-scatter, or an all-gather. An all-reduce is both.
  Seconds pass(double part, Bytes each) const {
    return pass(dense_, part * work_.dense_parameters * each, links_.data, plan_.tensor) +
           pass(experts_, part * work_.expert_parameters * each, links_.expert_data, plan_.tensor * plan_.expert);
  }
  // That a rank sends in one way round.
  Bytes traffic(Bytes each) const {
    return (dense_ - 1.0) / dense_ * work_.dense_parameters * each +
           (experts_ - 1.0) / experts_ * work_.expert_parameters * each;
  }

 private:
  Seconds pass(std::uint32_t group, Bytes shard, const Hockney& link, std::uint32_t stride) const {
    if (group <= 1 || !(shard > Bytes(0))) return Seconds(0);
    const std::uint32_t peers = std::clamp(plan_.fleet.devices_per_node / stride, 1U, group);
    const bool spans_nodes = peers < group;
    if (plan_.algorithm == GradientAlgorithm::ring || !spans_nodes || peers == 1) {
      return ring_all_gather(group, shard, link);
    }
    const auto nodes = static_cast<std::uint32_t>(std::ceil(static_cast<double>(group) / peers));
    const FabricFigures& fabric = plan_.fleet.fabric;
    return ring_all_gather(peers, shard, cost_of(plan_.fleet.inside)) +
           ring_all_gather(nodes, shard / peers, cost_of({fabric.bandwidth(), fabric.link.latency}));
  }

  const FirstOrderCase& plan_;
  const FirstOrderWork& work_;
  const GroupLinks& links_;
  std::uint32_t dense_, experts_;
};

// Gradients are ready layer by layer, so that a bucket is the gradients of one layer or of several: as many buckets as
// the bucket's size asks for, if that makes them equal.
double buckets_of_layers(const FirstOrderCase& plan, double layers, Bytes gradients) {
  const double asked = std::max(1.0, std::ceil(gradients / plan.bucket / plan.virtual_stages));
  double each = std::max(1.0, std::floor(layers / plan.virtual_stages));
  if (each <= asked) return each * plan.virtual_stages;
  const double whole = each;
  for (each = std::floor(asked); each > 1 && std::fmod(whole, each) != 0;) --each;
  return each * plan.virtual_stages;
}

class Costing {
 public:
  Costing(const FirstOrderCase& plan, const FirstOrderWork& work, const GroupLinks& links, const Passes& passes)
      : plan_(plan), layers_(work.layers), replicas_(plan, work, links), passes_(passes) {
    microbatches_ = static_cast<double>(plan.global_batch) / (static_cast<double>(plan.data) * plan.microbatch);
    costs_.buckets = plan.zero == 3 ? layers_ : buckets_of_layers(plan, layers_, replicas_.bytes(gradient_));
  }

  ReplicaCosts costs() {
    if (plan_.zero == 3) {
      add_sharded_weights();
    } else {
      add_gradients();
      if (plan_.zero > 0) add_gathering();
    }
    return costs_;
  }

 private:
  // Behind the last backward pass, or, for weights, before the first forward pass. Chunks of a device come one after
  // the other, as far apart as a microbatch needs to go through all stages.
  Seconds exposed(Seconds each, Seconds pass) const {
    const double chunks = plan_.virtual_stages;
    const double of_chunk = costs_.buckets / chunks;
    const Seconds late = std::max(of_chunk * each - plan_.pipeline * (pass / chunks + passes_.hop), Seconds(0));
    return exposed_buckets(of_chunk, each, pass / chunks) + (chunks - 1) * late;
  }
  // What reductions that follow every microbatch are behind by when the last one comes.
  Seconds backlog(Seconds all, const Passes& passes) const {
    const bool backwards_follow = plan_.order == PipelineOrder::gpipe;
    const Seconds period = backwards_follow ? passes.backward : passes.forward + passes.backward;
    return (microbatches_ - 1) * std::max(all - period, Seconds(0));
  }

  // Behind the last backward pass in buckets, or after it. ZeRO scatters them, from stage 2 on after every microbatch.
  void add_gradients() {
    const double ways = plan_.zero == 0 ? 2 : 1;
    const double times = plan_.zero == 2 ? microbatches_ : 1;
    const double chunks = plan_.virtual_stages;
    costs_.traffic = times * ways * replicas_.traffic(gradient_);
    if (plan_.overlap_gradients) {
      const Seconds each = ways * replicas_.pass(1 / costs_.buckets, gradient_);
      costs_.gradients_in_full = times * costs_.buckets * each;
      costs_.gradients = exposed(each, passes_.backward);
      if (plan_.zero == 2) costs_.gradients += backlog(costs_.buckets * each, passes_);
    } else if (plan_.zero == 2) {
      costs_.gradients_in_passes = chunks * replicas_.pass(1 / chunks, gradient_);
      costs_.gradients_in_full = times * costs_.gradients_in_passes;
    } else {
      costs_.gradients = costs_.gradients_in_full = ways * replicas_.pass(1, gradient_);
    }
  }

  // Of updated weights: after the update, or beside the next step's first forward pass.
  void add_gathering() {
    costs_.traffic += replicas_.traffic(weight_);
    costs_.parameters = plan_.overlap_parameters ? exposed(replicas_.pass(1 / costs_.buckets, weight_), passes_.forward)
                                                 : replicas_.pass(1, weight_);
  }

  // Gathered for every layer in every pass, a layer ahead or when it is needed; gradients are scattered layer by layer.
  void add_sharded_weights() {
    const Seconds scatter = replicas_.pass(1 / layers_, gradient_);
    const Seconds gather = replicas_.pass(1 / layers_, weight_);
    costs_.gradients_in_full = microbatches_ * layers_ * scatter;
    costs_.traffic = microbatches_ * (2 * replicas_.traffic(weight_) + replicas_.traffic(gradient_));
    const Seconds forward = passes_.forward / layers_, backward = passes_.backward / layers_;
    if (!plan_.overlap_parameters) {
      costs_.parameters_in_forward = costs_.parameters_in_backward = layers_ * gather;
      if (!plan_.overlap_gradients) {
        costs_.gradients_in_passes = layers_ * scatter;
        return;
      }
      const Passes longer{passes_.forward + layers_ * gather, passes_.backward + layers_ * gather};
      costs_.gradients = exposed(scatter, longer.backward) + backlog(layers_ * scatter, longer);
      return;
    }
    const Seconds first = sharded_forward(layers_, gather, forward) - passes_.forward;
    Seconds second = sharded_backward(layers_, gather, backward, scatter) - passes_.backward;
    if (!plan_.overlap_gradients) second = sharded_forward(layers_, gather, backward + scatter) - passes_.backward;
    costs_.parameters = microbatches_ * (first + second);
  }

  const FirstOrderCase& plan_;
  double layers_;
  Replicas replicas_;
  Passes passes_;
  double microbatches_ = 1;
  Bytes gradient_ = bytes_of(plan_.gradients), weight_ = bytes_of(plan_.precision);
  ReplicaCosts costs_;
};

}  // namespace

ReplicaCosts replica_costs(const FirstOrderCase& plan, const FirstOrderWork& work, const GroupLinks& links,
                           const Passes& passes) {
  return Costing(plan, work, links, passes).costs();
}

}  // namespace lockstep::validation
