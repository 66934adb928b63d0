#include "workloads/training/step_script.hpp"

#include <algorithm>
#include <utility>

#include "workloads/training/script_page.hpp"

namespace lockstep::workloads {
namespace {

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

ScriptWriter::ScriptWriter(const TrainingSpec& spec, const StepCosts& costs, std::uint32_t stage,
                           std::vector<std::uint32_t> chunks, std::vector<ScriptCall>& calls)
    : spec_(spec), costs_(costs), stage_(stage), chunks_(std::move(chunks)), calls_(calls) {}

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
  ScriptPage page(spec_, calls_, Pass::none);
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

// Sums what has piled up: under ZeRO-3 and where buckets have no size layer by layer, else in buckets; where nothing
// overlaps, at the end.
void ScriptWriter::reduce_ready(ScriptPage& page, GradientBytes& pending, bool is_end) const {
  const auto reduce = [&](const GradientBytes& bytes) {
    if (!spec_.overlap.gradients) return page.reduce(Lane::compute, bytes);
    page.reduce(Lane::replicas, bytes, {page.last(Lane::compute)});
  };
  const bool by_layers = spec_.execution.plan.zero == 3 || !(spec_.buckets > Bytes(0));
  const bool is_ready = spec_.overlap.gradients ? by_layers : spec_.execution.plan.zero == 3 || is_end;
  if (is_ready) {
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
  ScriptPage page(spec_, calls_, task.pass);
  const ParallelPlan& plan = spec_.execution.plan;
  const bool is_forward = task.pass == Pass::forward;
  const bool has_gradients = task.pass == Pass::backward || task.pass == Pass::weight_gradient;
  // What runs beside the first computation begins no sooner than that.
  if (spec_.overlap.tensor && plan.tensor > 1 && task.pass != Pass::weight_gradient) page.mark_start();
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
  ScriptPage page(spec_, calls_, Pass::none);
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
  const bool has_mirror = plan.route == ChunkRoute::mirrored && 2 * stage_ + 1 != plan.pipeline;
  const Bytes held = gradients.dense / dense_shards(plan) + gradients.experts / expert_shards(plan);
  if (has_mirror && held > Bytes(0)) {
    page.call(Lane::compute, Purpose::gradients,
              {.operation = Operation::all_reduce, .group = GroupKind::mirror, .bytes = held}, "ring");
  }
  if (spec_.gradient_norm && plan.ranks() > 1) {
    constexpr Bytes one_number(4);
    page.call(Lane::compute, Purpose::norm,
              {.operation = Operation::all_reduce, .group = GroupKind::world, .bytes = one_number},
              "recursive_doubling");
  }
  page.compute({costs_.optimizer[stage_]}, false, Purpose::optimizer);
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
