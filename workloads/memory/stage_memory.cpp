#include "workloads/memory/stage_memory.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace lockstep::workloads {
namespace {

double real(std::uint64_t number) {
  return static_cast<double>(number);
}

RankParameters share_of(const std::vector<Weight>& weights, const ParallelPlan& plan) {
  RankParameters share;
  for (const Weight& weight : weights) {
    const double copies = real(weight.copies);
    const double matrix = copies * real(weight.inputs) * real(weight.outputs);
    const double bias = weight.bias ? copies * real(weight.outputs) : 0;
    const bool of_experts = weight.part == Part::routed_experts;
    const std::uint32_t tensor = of_experts ? plan.tensor_of_experts() : plan.tensor;
    const double shards =
        weight.division == Division::none ? 1 : real(std::min<std::uint64_t>(tensor, weight.most_shards));
    // The bias of outputs that are divided is divided with them; a sum over inputs is biased once, by every rank.
    const double held = matrix / shards + bias / (weight.division == Division::outputs ? shards : 1);
    if (of_experts) {
      share.experts += held / plan.expert;
    } else {
      share.dense += held;
    }
  }
  return share;
}

RankParameters& add(RankParameters& sum, const RankParameters& other, double times = 1) {
  sum.dense += times * other.dense;
  sum.experts += times * other.experts;
  return sum;
}

bool holds(const ParallelPlan& plan, std::uint32_t stage, std::uint32_t chunk) {
  const std::vector<std::uint32_t> chunks = chunks_of_stage(plan, stage);
  return std::find(chunks.begin(), chunks.end(), chunk) != chunks.end();
}

RankParameters parameters_of_ends(const TransformerModel& model, const ParallelPlan& plan, std::uint32_t stage) {
  RankParameters sum;
  const bool has_input = holds(plan, stage, 0);
  if (has_input) add(sum, parameters_of_input(model, plan));
  if (!holds(plan, stage, plan.chunks() - 1)) return sum;
  add(sum, parameters_of_output(model, plan, has_input));
  add(sum, parameters_of_prediction(model, plan, has_input));
  return sum;
}

// Activations of all chunks of a stage for one microbatch; and what the largest layer takes while it runs backwards.
struct StageActivations {
  Bytes kept = {};
  Bytes largest_layer = {};
  Bytes largest_kept = {};
};

class StageLedger {
 public:
  StageLedger(const MemoryRequest& request, std::uint32_t stage)
      : request_(request), plan_(request.execution.plan), stage_(stage) {}

  StageMemory memory() {
    const RankParameters share = parameters_of_stage(request_.model, plan_, stage_);
    StageMemory memory{.parameters = share.total()};
    const StateBytes bytes = state_bytes(request_.optimizer, request_.execution);
    const double sharded = share.dense / dense_shards(plan_) + share.experts / expert_shards(plan_);
    memory.optimizer = Bytes(bytes.optimizer * (plan_.zero >= 1 ? sharded : share.total()));
    memory.gradients = Bytes(bytes.gradient * (plan_.zero >= 2 ? sharded : share.total()));
    memory.weights = Bytes(bytes.weight * (plan_.zero >= 3 ? sharded : share.total()));
    const StageActivations activations = activations_of_chunks();
    memory.activations = of_each_chunk() * activations.kept + at_the_ends();
    memory.buffers = buffers(bytes, activations);
    return memory;
  }

 private:
  // Microbatches that each chunk holds, where all hold equally many.
  double of_each_chunk() const {
    return request_.in_flight.chunks[stage_] / real(chunks_of_stage(plan_, stage_).size());
  }

  void add_layer(const LayerActivations& layer, StageActivations& sum) const {
    sum.kept += layer.kept;
    if (layer.everything > sum.largest_layer) {
      sum.largest_layer = layer.everything;
      sum.largest_kept = layer.kept;
    }
  }

  StageActivations activations_of_chunks() const {
    StageActivations sum;
    const auto* transformer = std::get_if<TransformerModel>(&request_.model);
    const std::uint64_t layers =
        transformer != nullptr ? transformer->layer_count() : std::get<SampledModel>(request_.model).layers;
    for (const std::uint32_t chunk : chunks_of_stage(plan_, stage_)) {
      const LayerRange range = layers_of_chunk(plan_, layers, chunk);
      for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
        add_layer(transformer != nullptr
                      ? layer_activations(*transformer, transformer->layers[layer], request_.execution)
                      : layer_activations(std::get<SampledModel>(request_.model), request_.execution),
                  sum);
      }
    }
    return sum;
  }

  Bytes at_the_ends() const {
    const auto* transformer = std::get_if<TransformerModel>(&request_.model);
    if (transformer == nullptr) return Bytes(0);
    Bytes sum(0);
    if (holds(plan_, stage_, 0)) {
      sum += of_each_chunk() * input_activations(*transformer, request_.execution);
    }
    if (holds(plan_, stage_, plan_.chunks() - 1)) {
      sum += request_.in_flight.head * output_activations(*transformer, request_.execution);
      sum += request_.in_flight.head * real(transformer->mtp_depth) *
             prediction_activations(*transformer, request_.execution);
    }
    return sum;
  }

  // ZeRO-3 gathers the layer that runs and those ahead of it, and sums one layer's gradients at a time; ZeRO-2 sums
  // them in buckets. What is worked out again lives as long as one layer's backward pass.
  Bytes buffers(const StateBytes& bytes, const StageActivations& activations) const {
    Bytes sum = activations.largest_layer - activations.largest_kept;
    if (plan_.zero == 3 && plan_.sharding_ranks() > 1) {
      sum += Bytes(bytes.weight * most_gathered(1 + request_.prefetch) + bytes.gradient * most_gathered(1));
    } else if (plan_.zero == 2) {
      sum += std::min(request_.buckets,
                      Bytes(bytes.gradient * parameters_of_stage(request_.model, plan_, stage_).total()));
    }
    return sum;
  }

  // The most parameters of so many layers in a row of one of the stage's chunks.
  double most_gathered(std::size_t in_a_row) const {
    double most = 0;
    for (const std::uint32_t chunk : chunks_of_stage(plan_, stage_)) {
      const std::vector<double> layers = parameters_by_layer(chunk);
      double window = 0;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        window += layers[i];
        if (i >= in_a_row) window -= layers[i - in_a_row];
        most = std::max(most, window);
      }
    }
    return most;
  }

  // In the order of the forward pass; what stands at the ends of the model is gathered like a layer.
  std::vector<double> parameters_by_layer(std::uint32_t chunk) const {
    const auto* transformer = std::get_if<TransformerModel>(&request_.model);
    if (transformer == nullptr) {
      const std::uint64_t layers = std::get<SampledModel>(request_.model).layers;
      return std::vector<double>(layers_of_chunk(plan_, layers, chunk).count,
                                 parameters_of_layer(request_.model, plan_, LayerKind::dense).total());
    }
    std::vector<double> parameters;
    if (chunk == 0) parameters.push_back(parameters_of_input(*transformer, plan_).total());
    const LayerRange range = layers_of_chunk(plan_, transformer->layer_count(), chunk);
    for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
      parameters.push_back(parameters_of_layer(request_.model, plan_, transformer->layers[layer]).total());
    }
    if (chunk + 1 < plan_.chunks()) return parameters;
    const bool beside_input = holds(plan_, stage_, 0);
    parameters.push_back(parameters_of_output(*transformer, plan_, beside_input).total());
    const double modules = real(transformer->mtp_depth);
    const double all = parameters_of_prediction(*transformer, plan_, beside_input).total();
    parameters.insert(parameters.end(), transformer->mtp_depth, modules > 0 ? all / modules : 0);
    return parameters;
  }

  const MemoryRequest& request_;
  const ParallelPlan& plan_;
  std::uint32_t stage_;
};

}  // namespace

InFlight in_flight_of_1f1b(const ParallelPlan& plan, std::uint64_t microbatches) {
  InFlight in_flight;
  const double stages = plan.pipeline;
  const double virtual_stages = plan.virtual_stages;
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    // Interleaved, a stage runs 2 (p - i - 1) + (v - 1) p chunks ahead (Narayanan et al., arXiv 2104.04473, section 2).
    const double ahead =
        plan.virtual_stages == 1 ? stages - stage : 2 * (stages - stage - 1) + (virtual_stages - 1) * stages + 1;
    in_flight.chunks.push_back(std::min(ahead, real(microbatches) * virtual_stages));
  }
  return in_flight;
}

double dense_shards(const ParallelPlan& plan) {
  return real(plan.sharding_ranks());
}

double expert_shards(const ParallelPlan& plan) {
  return real(plan.expert_sharding_ranks());
}

RankParameters parameters_of_layer(const Model& model, const ParallelPlan& plan, LayerKind kind) {
  if (const auto* transformer = std::get_if<TransformerModel>(&model)) {
    return share_of(layer_weights(*transformer, kind), plan);
  }
  const auto& sampled = std::get<SampledModel>(model);
  return {.dense = real(sampled.parameters) / real(sampled.layers)};
}

RankParameters parameters_of_input(const TransformerModel& model, const ParallelPlan& plan) {
  return share_of(input_weights(model), plan);
}

RankParameters parameters_of_output(const TransformerModel& model, const ParallelPlan& plan, bool beside_input) {
  std::vector<Weight> output = output_weights(model);
  // A tied head is the embedding itself on one stage, and a copy of it on another.
  for (Weight& weight : output) {
    if (weight.part == Part::head && model.tied_embeddings && !beside_input) weight.copies = 1;
  }
  return share_of(output, plan);
}

RankParameters parameters_of_prediction(const TransformerModel& model, const ParallelPlan& plan, bool beside_input) {
  RankParameters sum;
  if (model.mtp_depth == 0) return sum;
  add(sum, share_of(prediction_weights(model), plan), real(model.mtp_depth));
  // They look words up as well, where the first stage's table is out of reach.
  if (!beside_input && !model.tied_embeddings) sum.dense += real(model.vocabulary) * real(model.hidden) / plan.tensor;
  return sum;
}

RankParameters parameters_of_stage(const Model& model, const ParallelPlan& plan, std::uint32_t stage) {
  RankParameters sum;
  const auto* transformer = std::get_if<TransformerModel>(&model);
  const std::uint64_t layers =
      transformer != nullptr ? transformer->layer_count() : std::get<SampledModel>(model).layers;
  double experts = 0;
  double dense = 0;
  for (const std::uint32_t chunk : chunks_of_stage(plan, stage)) {
    const LayerRange range = layers_of_chunk(plan, layers, chunk);
    for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
      const bool has_experts = transformer != nullptr && transformer->layers[layer] == LayerKind::experts;
      (has_experts ? experts : dense) += 1;
    }
  }
  if (dense > 0) add(sum, parameters_of_layer(model, plan, LayerKind::dense), dense);
  if (experts > 0) add(sum, parameters_of_layer(model, plan, LayerKind::experts), experts);
  if (transformer != nullptr) add(sum, parameters_of_ends(*transformer, plan, stage));
  return sum;
}

std::vector<StageMemory> memory_of(const MemoryRequest& request) {
  LOCKSTEP_REQUIRE(request.in_flight.chunks.size() == request.execution.plan.pipeline);
  std::vector<StageMemory> stages;
  for (std::uint32_t stage = 0; stage < request.execution.plan.pipeline; ++stage) {
    stages.push_back(StageLedger(request, stage).memory());
  }
  return stages;
}

}  // namespace lockstep::workloads
