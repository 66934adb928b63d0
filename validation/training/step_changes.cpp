#include "validation/training/step_changes.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace lockstep::validation {
namespace {

using workloads::GradientBytes;
using workloads::LayerCosts;
using workloads::LayerItem;
using workloads::PassTimes;
using workloads::Purpose;
using workloads::StepCosts;

PassTimes operator*(double factor, const PassTimes& times) {
  return {factor * times.forward, factor * times.backward_input, factor * times.backward_weight,
          factor * times.recompute};
}
GradientBytes operator*(double factor, const GradientBytes& bytes) {
  return {factor * bytes.dense, factor * bytes.experts};
}
GradientBytes& operator+=(GradientBytes& sum, const GradientBytes& bytes) {
  sum.dense += bytes.dense;
  sum.experts += bytes.experts;
  return sum;
}

bool is_of(const LayerItem& item, Purpose purpose) {
  return item.purpose == purpose;
}

PassTimes times_of(const LayerCosts& layer, Purpose purpose) {
  PassTimes sum;
  for (const LayerItem& item : layer.items) {
    if (is_of(item, purpose)) sum += item.times;
  }
  return sum;
}

double ratio(Seconds to, Seconds from) {
  return from > Seconds(0) ? to / from : 0;
}

// Lets the items of that purpose take `target` together; where they took nothing, the first of them takes it.
void set_times(LayerCosts& layer, Purpose purpose, const PassTimes& target) {
  const PassTimes own = times_of(layer, purpose);
  bool is_first = true;
  for (LayerItem& item : layer.items) {
    if (!is_of(item, purpose)) continue;
    const auto set = [&](Seconds PassTimes::*part) {
      if (own.*part > Seconds(0)) {
        item.times.*part *= ratio(target.*part, own.*part);
      } else {
        item.times.*part = is_first ? target.*part : Seconds(0);
      }
    };
    for (const auto part :
         {&PassTimes::forward, &PassTimes::backward_input, &PassTimes::backward_weight, &PassTimes::recompute}) {
      set(part);
    }
    is_first = false;
  }
}

// The layers of the model by kind, in its order: all that its chunks list but for what stands at the ends.
std::vector<std::uint32_t> body_of(const StepCosts& costs, const workloads::ParallelPlan& plan,
                                   const workloads::Model& model) {
  const auto* transformer = std::get_if<workloads::TransformerModel>(&model);
  const std::uint64_t layers =
      transformer != nullptr ? transformer->layer_count() : std::get<workloads::SampledModel>(model).layers;
  std::vector<std::uint32_t> body;
  for (std::uint32_t chunk = 0; chunk < costs.chunks.size(); ++chunk) {
    const std::uint64_t count = workloads::layers_of_chunk(plan, layers, chunk).count;
    const std::size_t before = transformer != nullptr && chunk == 0 ? 1 : 0;
    const auto first = costs.chunks[chunk].begin() + static_cast<std::ptrdiff_t>(before);
    body.insert(body.end(), first, first + static_cast<std::ptrdiff_t>(count));
  }
  return body;
}

// So many of each kind in a chunk as in the mean chunk, the first kind of the model first.
std::vector<std::uint32_t> mean_chunk(const std::vector<std::uint32_t>& body, std::size_t in_chunk) {
  std::vector<std::uint32_t> chunk;
  for (std::size_t i = 0; i < in_chunk; ++i) {
    // The middle of the i-th of `in_chunk` equal runs of the model.
    chunk.push_back(body[std::min(body.size() - 1, (2 * i + 1) * body.size() / (2 * in_chunk))]);
  }
  return chunk;
}

}  // namespace

void scale_compute(StepCosts& costs, const PassFactors& plain, const PassFactors& in_context) {
  for (LayerCosts& layer : costs.layers) {
    for (LayerItem& item : layer.items) {
      const PassFactors& factors = is_of(item, Purpose::context) ? in_context : plain;
      item.times.forward *= factors.forward;
      item.times.backward_input *= factors.backward;
      item.times.backward_weight *= factors.backward;
      item.times.recompute *= layer.runs_twice ? factors.forward : factors.backward;
    }
  }
}

HeldBytes held_bytes(const StepCosts& costs) {
  HeldBytes held;
  for (const std::vector<std::uint32_t>& chunk : costs.chunks) {
    for (const std::uint32_t kind : chunk) {
      held.weights += costs.layers[kind].weights;
      held.gradients += costs.layers[kind].gradients;
    }
  }
  return held;
}

void spread_evenly(StepCosts& costs, const workloads::ParallelPlan& plan, const workloads::Model& model) {
  PassTimes compute;
  PassTimes context;
  for (const std::vector<std::uint32_t>& chunk : costs.chunks) {
    for (const std::uint32_t kind : chunk) {
      compute += times_of(costs.layers[kind], Purpose::compute);
      context += times_of(costs.layers[kind], Purpose::context);
    }
  }
  const HeldBytes held = held_bytes(costs);
  const std::vector<std::uint32_t> body = body_of(costs, plan, model);
  const double exact = static_cast<double>(body.size()) / static_cast<double>(costs.chunks.size());
  const auto in_chunk = static_cast<std::size_t>(std::ceil(exact));
  const double share = 1.0 / (static_cast<double>(in_chunk) * static_cast<double>(costs.chunks.size()));
  const std::vector<std::uint32_t> mean = mean_chunk(body, in_chunk);
  for (std::vector<std::uint32_t>& chunk : costs.chunks) chunk = mean;
  std::vector<bool> is_used(costs.layers.size());
  for (const std::uint32_t kind : mean) is_used[kind] = true;
  for (std::size_t kind = 0; kind < costs.layers.size(); ++kind) {
    if (!is_used[kind]) continue;
    LayerCosts& layer = costs.layers[kind];
    set_times(layer, Purpose::compute, share * compute);
    set_times(layer, Purpose::context, share * context);
    layer.weights = share * held.weights;
    layer.gradients = share * held.gradients;
    // Where layers do not divide among the chunks, each exchanges a little less.
    const double of_layer = exact / static_cast<double>(in_chunk);
    for (LayerItem& item : layer.items) {
      if (item.forward) item.forward->bytes *= of_layer;
      if (item.backward) item.backward->bytes *= of_layer;
      item.hop *= of_layer;
    }
  }
  Seconds update;
  for (const Seconds one : costs.optimizer) update += one / static_cast<double>(costs.optimizer.size());
  std::fill(costs.optimizer.begin(), costs.optimizer.end(), update);
}

void gather_into_buckets(StepCosts& costs, std::uint64_t of_each_chunk) {
  // Copies of layers, by kind and by what they hold, so that each is there once.
  std::map<std::pair<std::uint32_t, std::pair<double, double>>, std::uint32_t> copies;
  const auto copy_with = [&](std::uint32_t kind, const HeldBytes& held) {
    const std::pair key(kind, std::pair(held.gradients.dense.si(), held.gradients.experts.si()));
    const auto [entry, is_new] = copies.try_emplace(key, static_cast<std::uint32_t>(costs.layers.size()));
    if (is_new) {
      LayerCosts copy = costs.layers[kind];
      copy.weights = held.weights;
      copy.gradients = held.gradients;
      costs.layers.push_back(std::move(copy));
    }
    return entry->second;
  };
  for (std::vector<std::uint32_t>& chunk : costs.chunks) {
    const std::uint64_t buckets = std::clamp<std::uint64_t>(of_each_chunk, 1, chunk.size());
    for (std::uint64_t bucket = 0; bucket < buckets; ++bucket) {
      const std::size_t first = bucket * chunk.size() / buckets;
      const std::size_t end = (bucket + 1) * chunk.size() / buckets;
      HeldBytes held;
      for (std::size_t place = first; place < end; ++place) {
        held.weights += costs.layers[chunk[place]].weights;
        held.gradients += costs.layers[chunk[place]].gradients;
      }
      // Backward passes come to the first layer last, forward passes need it first.
      for (std::size_t place = first; place < end; ++place) {
        chunk[place] = copy_with(chunk[place], place == first ? held : HeldBytes{});
      }
    }
  }
}

void fix_calls(StepCosts& costs, Purpose purpose, Seconds in_all) {
  const auto has_calls = [&](const LayerCosts& layer) {
    return std::any_of(layer.items.begin(), layer.items.end(), [&](const LayerItem& i) { return is_of(i, purpose); });
  };
  // Passes through layers with such calls, over all chunks.
  double passes = 0;
  for (const std::vector<std::uint32_t>& chunk : costs.chunks) {
    for (const std::uint32_t kind : chunk) {
      if (has_calls(costs.layers[kind])) passes += costs.layers[kind].runs_twice ? 3 : 2;
    }
  }
  if (passes == 0) return;
  const Seconds each = in_all / passes;
  for (LayerCosts& layer : costs.layers) {
    if (!has_calls(layer)) continue;
    std::erase_if(layer.items, [&](const LayerItem& item) { return is_of(item, purpose); });
    layer.items.push_back({.times = {.forward = each, .backward_input = each}});
  }
}

}  // namespace lockstep::validation
