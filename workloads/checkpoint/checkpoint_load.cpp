#include "workloads/checkpoint/checkpoint_load.hpp"

#include <algorithm>
#include <numeric>

#include "workloads/plan/rank_layout.hpp"

namespace lockstep::workloads {
namespace {

Bytes sum_of(const std::vector<Bytes>& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), Bytes(0));
}

// Of one chunk of the model, every weight once: the plan in which nobody shares or copies anything.
RankParameters parameters_of_chunk(const Model& model, const ParallelPlan& plan, std::uint32_t chunk) {
  const ParallelPlan undivided;
  RankParameters sum;
  const auto add = [&](const RankParameters& more) {
    sum.dense += more.dense;
    sum.experts += more.experts;
  };
  const auto* transformer = std::get_if<TransformerModel>(&model);
  const std::uint64_t layers =
      transformer != nullptr ? transformer->layer_count() : std::get<SampledModel>(model).layers;
  const LayerRange range = layers_of_chunk(plan, layers, chunk);
  for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
    add(parameters_of_layer(model, undivided, transformer != nullptr ? transformer->layers[layer] : LayerKind::dense));
  }
  if (transformer == nullptr) return sum;
  // Tied embeddings are written where they come first.
  if (chunk == 0) add(parameters_of_input(*transformer, undivided));
  if (chunk + 1 == plan.chunks()) {
    add(parameters_of_output(*transformer, undivided, true));
    add(parameters_of_prediction(*transformer, undivided, true));
  }
  return sum;
}

// What the ranks of each stage write together. Chunks that two stages hold are shared between them.
std::vector<RankParameters> parameters_of_stages(const Model& model, const ParallelPlan& plan) {
  std::vector<std::uint32_t> holders(plan.chunks());
  std::vector<std::vector<std::uint32_t>> chunks;
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    chunks.push_back(chunks_of_stage(plan, stage));
    for (const std::uint32_t chunk : chunks.back()) ++holders[chunk];
  }
  std::vector<RankParameters> of_chunk;
  for (std::uint32_t chunk = 0; chunk < plan.chunks(); ++chunk) {
    of_chunk.push_back(parameters_of_chunk(model, plan, chunk));
  }
  std::vector<RankParameters> of_stage(plan.pipeline);
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    for (const std::uint32_t chunk : chunks[stage]) {
      of_stage[stage].dense += of_chunk[chunk].dense / holders[chunk];
      of_stage[stage].experts += of_chunk[chunk].experts / holders[chunk];
    }
  }
  return of_stage;
}

// Which part of what its group holds in common each rank writes. Replicas are neighbours in a group, so that the first
// one's ranks are the first ones.
class Sharing {
 public:
  Sharing(const RankLayout& layout, const ParallelPlan& plan, CheckpointWriters writers)
      : layout_(layout), plan_(plan), writers_(writers) {}

  double of_dense(RankId rank) const {
    return of(GroupKind::data_context, rank, static_cast<double>(plan_.gradient_ranks()), dense_shards(plan_)) /
           plan_.tensor;
  }
  double of_experts(RankId rank) const {
    return of(GroupKind::expert_data, rank, static_cast<double>(plan_.expert_gradient_ranks()), expert_shards(plan_)) /
           plan_.tensor_of_experts() / plan_.expert;
  }

 private:
  double of(GroupKind kind, RankId rank, double size, double shards) const {
    if (writers_ == CheckpointWriters::all) return 1 / size;
    const std::vector<RankId> group = layout_.group(kind, rank);
    const auto place = static_cast<double>(std::find(group.begin(), group.end(), rank) - group.begin());
    return place < shards ? 1 / shards : 0;
  }

  const RankLayout& layout_;
  const ParallelPlan& plan_;
  CheckpointWriters writers_;
};

std::vector<Bytes> bytes_written(const TrainingSpec& spec, CheckpointWriters writers) {
  const RankLayout layout(spec.execution.plan);
  const Sharing sharing(layout, spec.execution.plan, writers);
  const std::vector<RankParameters> of_stage = parameters_of_stages(spec.model, spec.execution.plan);
  const StateBytes state = state_bytes(spec.optimizer, spec.execution);
  std::vector<Bytes> written;
  for (std::uint32_t rank = 0; rank < layout.rank_count(); ++rank) {
    const RankParameters& stage = of_stage[layout.coordinates(RankId(rank)).pipeline];
    const double parameters =
        stage.dense * sharing.of_dense(RankId(rank)) + stage.experts * sharing.of_experts(RankId(rank));
    written.emplace_back(parameters * (state.weight + state.optimizer));
  }
  return written;
}

std::vector<Bytes> bytes_held(const TrainingSpec& spec) {
  const RankLayout layout(spec.execution.plan);
  InFlight nothing;
  nothing.chunks.assign(spec.execution.plan.pipeline, 0);
  const std::vector<StageMemory> stages = memory_of(spec.memory_request(nothing));
  std::vector<Bytes> held;
  for (std::uint32_t rank = 0; rank < layout.rank_count(); ++rank) {
    const StageMemory& stage = stages[layout.coordinates(RankId(rank)).pipeline];
    held.push_back(stage.weights + stage.optimizer);
  }
  return held;
}

}  // namespace

const char* to_text(CheckpointWriters writers) {
  return writers == CheckpointWriters::all ? "all" : "first_replica";
}

Bytes CheckpointLoad::total_written() const {
  return sum_of(written);
}

Bytes CheckpointLoad::total_loaded() const {
  return sum_of(loaded);
}

Seconds CheckpointLoad::snapshot_time(Bandwidth bandwidth) const {
  return written.empty() ? Seconds(0) : *std::max_element(written.begin(), written.end()) / bandwidth;
}

CheckpointLoad checkpoint_load_of(const TrainingSpec& spec, CheckpointWriters writers) {
  return {.written = bytes_written(spec, writers), .loaded = bytes_held(spec)};
}

CheckpointLoad even_checkpoint(Bytes total, std::uint32_t ranks) {
  const std::vector<Bytes> parts(ranks, total / static_cast<double>(ranks));
  return {.written = parts, .loaded = parts};
}

}  // namespace lockstep::workloads
