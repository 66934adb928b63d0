#include "workloads/training/step_script.hpp"

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

GradientBytes operator+(const GradientBytes& a, const GradientBytes& b) {
  return {.dense = a.dense + b.dense, .experts = a.experts + b.experts};
}

// Takes from what has piled up one bucket, or all of it if less is left than a byte; nothing while a bucket is not
// full.
Bytes take_bucket(Bytes& pending, Bytes bucket) {
  if (pending < bucket) return Bytes(0);
  const bool is_all = pending - bucket < Bytes(1);
  const Bytes taken = is_all ? pending : bucket;
  pending = is_all ? Bytes(0) : pending - bucket;
  return taken;
}

}  // namespace

// A script while it is written.
class ScriptWriter::Page {
 public:
  Page(const ScriptWriter& writer, Pass pass) : writer_(writer), spec_(writer.spec_), pass_(pass) {}

  Script finish() {
    flush();
    if (!waits_.empty() || !late_waits_.empty() || script_[Lane::compute].empty()) {
      add(Lane::compute, {.purpose = Purpose::compute, .is_join = true});
    }
    return std::move(script_);
  }

  void set_layer(std::size_t layer) { layer_ = static_cast<std::uint16_t>(layer); }

  // The last entry of the lane as something to wait for.
  ScriptWait last(Lane lane) const { return {lane, static_cast<std::int32_t>(script_[lane].size()) - 1}; }
  // The next entry of the compute lane has to wait.
  void wait(const ScriptWait& wait) {
    flush();
    waits_.push_back(wait);
  }

  void compute(Seconds work, bool of_experts, Purpose purpose = Purpose::compute) {
    if (has_pending_ && (pending_.of_experts != of_experts || pending_.purpose != purpose)) flush();
    if (!has_pending_) pending_ = {.purpose = purpose, .layer = layer_, .of_experts = of_experts};
    has_pending_ = true;
    pending_.work += work;
  }

  void flush() {
    if (!std::exchange(has_pending_, false)) return;
    add(Lane::compute, pending_);
  }

  // Computation stands still for a collective of the compute lane; those of other lanes wait for what they are told.
  void call(Lane lane, Purpose purpose, const GroupCall& call, const std::string& algorithm,
            std::vector<ScriptWait> waits = {}) {
    if (lane == Lane::compute) flush();
    add(lane, {.purpose = purpose, .call = writer_.number_of({call, algorithm}), .waits = std::move(waits)});
  }

  // What an item of a layer does in one direction.
  void play(const LayerItem& item, Seconds work, const std::optional<GroupCall>& call, int hops_per_block) {
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

  void forward(const LayerCosts& layer) {
    for (const LayerItem& item : layer.items) play(item, item.times.forward, item.forward, 1);
  }

  void backward(const LayerCosts& layer, bool with_weights) {
    if (layer.runs_twice) forward(layer);
    for (auto item = layer.items.rbegin(); item != layer.items.rend(); ++item) {
      Seconds work = item->times.backward_input;
      if (with_weights) work += item->times.backward_weight;
      if (!layer.runs_twice) work += item->times.recompute;
      play(*item, work, item->backward, 2);
    }
  }

  void weight_gradient(const LayerCosts& layer) {
    for (auto item = layer.items.rbegin(); item != layer.items.rend(); ++item) {
      if (item->purpose == Purpose::compute) compute(item->times.backward_weight, item->of_experts);
    }
  }

  // Sums over all ranks that hold the same weights; to shards of them where ZeRO has such.
  void reduce(Lane lane, const GradientBytes& bytes, const std::vector<ScriptWait>& waits = {}) {
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

  // Gathers weights that are sharded.
  void gather(Lane lane, const GradientBytes& bytes, const std::vector<ScriptWait>& waits = {}) {
    for (const bool of_experts : {false, true}) {
      const Bytes all = of_experts ? bytes.experts : bytes.dense;
      const Sharing sharing = sharing_of(spec_.execution.plan, of_experts);
      if (!(all > Bytes(0)) || sharing.shards == 1) continue;
      call(lane, Purpose::parameters, {.operation = Operation::all_gather, .group = sharing.shard, .bytes = all},
           spec_.collectives.parameters, waits);
    }
  }

 private:
  void add(Lane lane, ScriptEntry entry) {
    entry.pass = pass_;
    if (lane != Lane::compute || entry.call || entry.is_join) entry.layer = layer_;
    if (lane == Lane::compute) {
      entry.waits.insert(entry.waits.end(), waits_.begin(), waits_.end());
      waits_ = std::exchange(late_waits_, {});
    }
    script_[lane].push_back(std::move(entry));
  }

  // A collective of the tensor ranks. Beside computation it shares its time with the product that it feeds (gathering)
  // or that feeds it (the others), as if that were cut into pieces that are handed over one by one.
  void communicate(const GroupCall& call) {
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
  void attend(const LayerItem& item, Seconds work, int hops_per_block) {
    flush();
    const std::uint32_t ranks = spec_.execution.plan.context;
    const Seconds block = work / static_cast<double>(ranks);
    const ScriptWait start = last(Lane::compute);
    compute(block, false, Purpose::compute);
    for (std::uint32_t step = 1; step < ranks; ++step) {
      for (int hop = 0; hop < hops_per_block; ++hop) {
        add(Lane::context, {.purpose = Purpose::context, .hop = item.hop, .waits = {start}});
      }
      wait(last(Lane::context));
      compute(block, false, Purpose::compute);
    }
    flush();
  }

  const ScriptWriter& writer_;
  const TrainingSpec& spec_;
  Pass pass_;
  std::uint16_t layer_ = 0;
  Script script_;
  ScriptEntry pending_;
  bool has_pending_ = false;
  std::vector<ScriptWait> waits_;
  std::vector<ScriptWait> late_waits_;  // of the entry after the next
};

ScriptWriter::ScriptWriter(const TrainingSpec& spec, const StepCosts& costs, std::uint32_t stage,
                           std::vector<std::uint32_t> chunks, std::vector<ScriptCall>& calls)
    : spec_(spec), costs_(costs), stage_(stage), chunks_(std::move(chunks)), calls_(calls) {}

std::uint32_t ScriptWriter::number_of(const ScriptCall& call) const {
  const auto known = std::find(calls_.begin(), calls_.end(), call);
  if (known != calls_.end()) return static_cast<std::uint32_t>(known - calls_.begin());
  calls_.push_back(call);
  return static_cast<std::uint32_t>(calls_.size() - 1);
}

// Whether the optimizer's weights are gathered at the start of a step, beside its first forward passes, rather than at
// the end of the one before.
bool ScriptWriter::gathers_first() const {
  const std::uint32_t zero = spec_.execution.plan.zero;
  return (zero == 1 || zero == 2) && spec_.overlap.parameters && spec_.execution.plan.sharding_ranks() > 1;
}

const LayerCosts& ScriptWriter::layer(std::uint32_t chunk, std::size_t place) const {
  return costs_.layers[costs_.chunks[chunk][place]];
}

// Layers count through the whole model, as people know them: what stands before the first one is 0.
std::size_t ScriptWriter::first_layer(std::uint32_t chunk) const {
  std::size_t before = 0;
  for (std::uint32_t earlier = 0; earlier < chunk; ++earlier) before += costs_.chunks[earlier].size();
  return before;
}

// Weights in the order of the first forward passes, in buckets; the entry that each layer has to wait for.
ScriptWriter::FirstGathers ScriptWriter::first_gathers() const {
  Page page(*this, Pass::none);
  FirstGathers gathers;
  GradientBytes pending;
  const auto gather = [&](Bytes dense, Bytes experts) {
    page.gather(Lane::replicas, {.dense = dense, .experts = experts});
  };
  std::vector<std::int32_t*> waiting;
  gathers.entry_of.resize(costs_.chunks.size());
  for (const std::uint32_t chunk : chunks_) {
    gathers.entry_of[chunk].resize(costs_.chunks[chunk].size(), -1);
    for (std::size_t place = 0; place < costs_.chunks[chunk].size(); ++place) {
      pending = pending + layer(chunk, place).weights;
      waiting.push_back(&gathers.entry_of[chunk][place]);
      page.set_layer(first_layer(chunk) + place);
      const bool is_end = chunk == chunks_.back() && place + 1 == costs_.chunks[chunk].size();
      if (!is_end && pending.dense + pending.experts < spec_.buckets) continue;
      gather(pending.dense, pending.experts);
      pending = {};
      for (std::int32_t* entry : waiting) *entry = page.last(Lane::replicas).entry;
      waiting.clear();
    }
  }
  gathers.script = page.finish();
  return gathers;
}

// Sums what has piled up: under ZeRO-3 layer by layer, else in buckets; where nothing overlaps, at the end.
void ScriptWriter::reduce_ready(Page& page, GradientBytes& pending, bool is_end) const {
  const auto reduce = [&](const GradientBytes& bytes) {
    if (!spec_.overlap.gradients) return page.reduce(Lane::compute, bytes);
    page.reduce(Lane::replicas, bytes, {page.last(Lane::compute)});
  };
  if (spec_.execution.plan.zero == 3 || (is_end && !spec_.overlap.gradients)) {
    reduce(std::exchange(pending, {}));
  } else if (spec_.overlap.gradients) {
    reduce_buckets(pending.dense, is_end, [&](Bytes bytes) { reduce({.dense = bytes}); });
    reduce_buckets(pending.experts, is_end, [&](Bytes bytes) { reduce({.experts = bytes}); });
  }
}

template <class Reduce>
void ScriptWriter::reduce_buckets(Bytes& pending, bool is_end, const Reduce& reduce) const {
  for (Bytes taken = take_bucket(pending, spec_.buckets); taken > Bytes(0);
       taken = take_bucket(pending, spec_.buckets)) {
    reduce(taken);
  }
  if (is_end && pending > Bytes(0)) reduce(std::exchange(pending, Bytes(0)));
}

Script ScriptWriter::before() const {
  if (gathers_first()) return first_gathers().script;
  return {};
}

Script ScriptWriter::task(const ScriptTask& task) const {
  Page page(*this, task.pass);
  const ParallelPlan& plan = spec_.execution.plan;
  const bool is_forward = task.pass == Pass::forward;
  const bool has_gradients = task.pass == Pass::backward || task.pass == Pass::weight_gradient;
  const bool is_gathered = plan.zero == 3 && plan.sharding_ranks() > 1 && task.pass != Pass::weight_gradient;
  const std::size_t count = costs_.chunks[task.chunk].size();
  const auto place_of = [&](std::size_t turn) { return is_forward ? turn : count - 1 - turn; };
  // Gathered ahead of the layers that need them: so many at first, one more whenever a layer is done.
  std::vector<ScriptWait> gathered;
  const auto gather_next = [&](const ScriptWait& wait) {
    if (!is_gathered || !spec_.overlap.parameters || gathered.size() == count) return;
    const std::size_t place = place_of(gathered.size());
    page.set_layer(first_layer(task.chunk) + place);
    page.gather(Lane::replicas, layer(task.chunk, place).weights, {wait});
    gathered.push_back(page.last(Lane::replicas));
  };
  for (std::uint32_t ahead = 0; ahead <= std::min<std::size_t>(spec_.prefetch, count); ++ahead) {
    gather_next({Lane::compute, -1});
  }
  const bool waits_for_first = is_forward && task.is_first && gathers_first();
  const FirstGathers first = waits_for_first ? first_gathers() : FirstGathers{};
  // ZeRO-2 and 3 keep no whole gradients from one microbatch to the next.
  const bool is_reduced = has_gradients && (plan.zero >= 2 || (task.is_last && spec_.overlap.gradients));
  GradientBytes pending;
  for (std::size_t turn = 0; turn < count; ++turn) {
    const std::size_t place = place_of(turn);
    const LayerCosts& costs = layer(task.chunk, place);
    page.set_layer(first_layer(task.chunk) + place);
    if (is_gathered && spec_.overlap.parameters) page.wait(gathered[turn]);
    if (is_gathered && !spec_.overlap.parameters) page.gather(Lane::compute, costs.weights);
    if (waits_for_first && first.entry_of[task.chunk][place] >= 0) {
      page.wait({Lane::replicas, first.entry_of[task.chunk][place], true});
    }
    if (is_forward) page.forward(costs);
    if (task.pass == Pass::backward || task.pass == Pass::input_gradient) {
      page.backward(costs, task.pass == Pass::backward);
    }
    if (task.pass == Pass::weight_gradient) page.weight_gradient(costs);
    if (is_reduced || is_gathered) page.flush();
    if (is_reduced) {
      pending = pending + costs.gradients;
      reduce_ready(page, pending, turn + 1 == count);
    }
    gather_next(page.last(Lane::compute));
    page.set_layer(first_layer(task.chunk) + place);
  }
  return page.finish();
}

Script ScriptWriter::after() const {
  Page page(*this, Pass::none);
  const ParallelPlan& plan = spec_.execution.plan;
  GradientBytes gradients;
  GradientBytes weights;
  for (const std::uint32_t chunk : chunks_) {
    for (std::size_t place = 0; place < costs_.chunks[chunk].size(); ++place) {
      gradients = gradients + layer(chunk, place).gradients;
      weights = weights + layer(chunk, place).weights;
    }
  }
  if (plan.zero <= 1 && !spec_.overlap.gradients) {
    page.reduce(Lane::compute, gradients);
  } else {
    page.wait({Lane::replicas, -1});
  }
  const bool is_end = stage_ == 0 || stage_ + 1 == plan.pipeline;
  if (costs_.tied_embedding > Bytes(0) && is_end) {
    page.call(Lane::compute, Purpose::embedding,
              {.operation = Operation::all_reduce, .group = GroupKind::embedding, .bytes = costs_.tied_embedding},
              "ring");
  }
  if (plan.route == ChunkRoute::mirrored && 2 * stage_ + 1 != plan.pipeline) {
    const Bytes held = gradients.dense / dense_shards(plan) + gradients.experts / expert_shards(plan);
    page.call(Lane::compute, Purpose::gradients,
              {.operation = Operation::all_reduce, .group = GroupKind::mirror, .bytes = held}, "ring");
  }
  if (spec_.gradient_norm && plan.ranks() > 1) {
    constexpr Bytes one_number(4);
    page.call(Lane::compute, Purpose::norm,
              {.operation = Operation::all_reduce, .group = GroupKind::world, .bytes = one_number},
              "recursive_doubling");
  }
  page.compute(costs_.optimizer[stage_], false, Purpose::optimizer);
  page.flush();
  if ((plan.zero == 1 || plan.zero == 2) && !spec_.overlap.parameters) page.gather(Lane::compute, weights);
  return page.finish();
}

Script ScriptWriter::pair(Script first, Script second) {
  // What the second refers to has moved: its computation to the lane beside, the rest behind that of the first.
  std::array<std::int32_t, lane_count> moved = {};
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    moved.at(lane) = static_cast<std::int32_t>(first.lanes.at(lane).size());
  }
  const auto move = [&](ScriptWait wait) {
    if (wait.from_start) return wait;
    if (wait.lane == Lane::compute && wait.entry >= 0) {
      wait.lane = Lane::paired;
    } else if (wait.lane != Lane::compute && wait.entry >= 0) {
      wait.entry += moved.at(static_cast<std::size_t>(wait.lane));
    }
    return wait;
  };
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    for (ScriptEntry& entry : second.lanes.at(lane)) {
      for (ScriptWait& wait : entry.waits) wait = move(wait);
      const Lane to = static_cast<Lane>(lane) == Lane::compute ? Lane::paired : static_cast<Lane>(lane);
      first[to].push_back(std::move(entry));
    }
  }
  first[Lane::paired].front().waits.push_back({Lane::compute, -1});
  const auto last = static_cast<std::int32_t>(first[Lane::paired].size()) - 1;
  first[Lane::compute].push_back({.is_join = true, .waits = {{Lane::paired, last}}});
  return first;
}

}  // namespace lockstep::workloads
