#include "workloads/training/script_page.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::workloads {
namespace {

// Ranks that hold the same weights, and how ZeRO divides those among them.
struct Sharing {
  GroupKind shard;
  GroupKind replica;
  std::uint64_t shards;
  std::uint64_t replicas;
};

Sharing sharing_of(const ParallelPlan& plan, bool of_experts) {
  const std::uint64_t shards = of_experts ? plan.expert_sharding_ranks() : plan.sharding_ranks();
  const std::uint64_t all = of_experts ? plan.expert_gradient_ranks() : plan.gradient_ranks();
  return {of_experts ? GroupKind::expert_shard : GroupKind::shard,
          of_experts ? GroupKind::expert_replica : GroupKind::replica, shards, all / shards};
}

}  // namespace

Script ScriptPage::finish() {
  flush();
  if (!waits_.empty() || !late_waits_.empty() || script_[Lane::compute].empty()) {
    add(Lane::compute, {.purpose = Purpose::compute, .is_join = true});
  }
  return std::move(script_);
}

void ScriptPage::wait(const ScriptWait& wait) {
  flush();
  waits_.push_back(wait);
}

void ScriptPage::compute(const Computation& what, bool of_experts, Purpose purpose) {
  if (has_pending_ && (pending_.of_experts != of_experts || pending_.purpose != purpose)) flush();
  if (!has_pending_) pending_ = {.purpose = purpose, .layer = layer_, .of_experts = of_experts};
  has_pending_ = true;
  pending_.work += what.work;
  pending_.attention += what.attention;
}

void ScriptPage::flush() {
  if (std::exchange(has_pending_, false)) add(Lane::compute, pending_);
}

void ScriptPage::add(Lane lane, ScriptEntry entry) {
  entry.pass = pass_;
  if (lane != Lane::compute || entry.call || entry.is_join) entry.layer = layer_;
  if (lane == Lane::compute) {
    entry.waits.insert(entry.waits.end(), waits_.begin(), waits_.end());
    waits_ = std::exchange(late_waits_, {});
  }
  script_[lane].push_back(std::move(entry));
}

std::uint32_t ScriptPage::number_of(const ScriptCall& call) {
  const auto known = std::find(calls_.begin(), calls_.end(), call);
  if (known != calls_.end()) return static_cast<std::uint32_t>(known - calls_.begin());
  calls_.push_back(call);
  return static_cast<std::uint32_t>(calls_.size() - 1);
}

void ScriptPage::call(Lane lane, Purpose purpose, const GroupCall& call, const std::string& algorithm,
                      std::vector<ScriptWait> waits) {
  if (lane == Lane::compute) flush();
  add(lane, {.purpose = purpose, .call = number_of({call, algorithm}), .waits = std::move(waits)});
}

void ScriptPage::forward(const LayerCosts& layer) {
  for (const LayerItem& item : layer.items) {
    play(item, {item.times.forward, item.attention.forward}, item.forward, 1);
  }
}

void ScriptPage::backward(const LayerCosts& layer, bool with_weights) {
  if (layer.runs_twice) forward(layer);
  for (std::size_t left = layer.items.size(); left > 0; --left) {
    const LayerItem& item = layer.items[left - 1];
    const auto computed = [&](const PassTimes& times) {
      Seconds work = times.backward_input;
      if (with_weights) work += times.backward_weight;
      if (!layer.runs_twice) work += times.recompute;
      return work;
    };
    play(item, {computed(item.times), computed(item.attention)}, item.backward, 2);
  }
}

void ScriptPage::weight_gradient(const LayerCosts& layer) {
  for (std::size_t left = layer.items.size(); left > 0; --left) {
    const LayerItem& item = layer.items[left - 1];
    if (item.purpose == Purpose::compute) compute({item.times.backward_weight}, item.of_experts);
  }
}

// What an item of a layer does in one direction.
void ScriptPage::play(const LayerItem& item, const Computation& work, const std::optional<GroupCall>& call,
                      int hops_per_block) {
  switch (item.purpose) {
    case Purpose::context:
      return attend(item, work, hops_per_block);
    case Purpose::tensor:
      if (call) communicate(*call);
      return;
    case Purpose::expert:
      if (call) this->call(Lane::compute, Purpose::expert, *call, spec_.collectives.expert);
      return;
    default:
      return compute(work, item.of_experts);
  }
}

// A collective of the tensor ranks. Beside computation it shares its time with the product that it feeds (gathering) or
// that feeds it (the others), as if that were cut into pieces that are handed over one by one.
void ScriptPage::communicate(const GroupCall& call) {
  if (!spec_.overlap.tensor) return this->call(Lane::compute, Purpose::tensor, call, spec_.collectives.tensor);
  flush();
  const bool feeds_next = call.operation == Operation::all_gather;
  std::vector<ScriptWait> waits = {last(Lane::compute)};
  const std::vector<ScriptEntry>& computed = script_[Lane::compute];
  if (!feeds_next && !computed.empty() && !computed.back().call && !computed.back().is_join) {
    waits = computed.back().waits;
    waits.push_back({Lane::compute, static_cast<std::int32_t>(computed.size()) - 2});
  }
  this->call(Lane::tensor, Purpose::tensor, call, spec_.collectives.tensor, std::move(waits));
  (feeds_next ? late_waits_ : waits_).push_back(last(Lane::tensor));
}

// Ring attention (Liu, Zaharia, Abbeel, arXiv 2310.01889): while a block of keys and values is attended to, the next
// one comes in. Backward their gradients travel with them.
void ScriptPage::attend(const LayerItem& item, const Computation& work, int hops_per_block) {
  flush();
  const std::uint32_t ranks = spec_.execution.plan.context;
  const Computation block{work.work / static_cast<double>(ranks), work.attention / static_cast<double>(ranks)};
  const ScriptWait start = last(Lane::compute);
  compute(block, false);
  for (std::uint32_t step = 1; step < ranks; ++step) {
    for (int hop = 0; hop < hops_per_block; ++hop) {
      add(Lane::context, {.purpose = Purpose::context, .hop = item.hop, .waits = {start}});
    }
    wait(last(Lane::context));
    compute(block, false);
  }
  flush();
}

void ScriptPage::reduce(Lane lane, const GradientBytes& bytes, const std::vector<ScriptWait>& waits) {
  for (const bool of_experts : {false, true}) {
    const Bytes all = of_experts ? bytes.experts : bytes.dense;
    if (!(all > Bytes(0))) continue;
    const Sharing sharing = sharing_of(spec_.execution.plan, of_experts);
    if (sharing.shards > 1) {
      call(lane, Purpose::gradients, {.operation = Operation::reduce_scatter, .group = sharing.shard, .bytes = all},
           spec_.collectives.gradients, waits);
    }
    if (sharing.replicas > 1) {
      const Bytes shard = all / static_cast<double>(sharing.shards);
      call(lane, Purpose::gradients, {.operation = Operation::all_reduce, .group = sharing.replica, .bytes = shard},
           spec_.collectives.gradients, waits);
    }
  }
}

void ScriptPage::gather(Lane lane, const GradientBytes& bytes, const std::vector<ScriptWait>& waits) {
  for (const bool of_experts : {false, true}) {
    const Bytes all = of_experts ? bytes.experts : bytes.dense;
    const Sharing sharing = sharing_of(spec_.execution.plan, of_experts);
    if (!(all > Bytes(0)) || sharing.shards == 1) continue;
    call(lane, Purpose::parameters, {.operation = Operation::all_gather, .group = sharing.shard, .bytes = all},
         spec_.collectives.parameters, waits);
  }
}

}  // namespace lockstep::workloads
