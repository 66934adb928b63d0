#include "workloads/memory/stage_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "workloads/memory/remedies.hpp"

namespace lockstep::workloads {
namespace {

using namespace literals;

Model model_called(const std::string& name) {
  return model_of(Catalog::bundled().find("model", name));
}

MemoryRequest request_for(const Model& model, Execution execution, std::uint64_t microbatches = 8) {
  InFlight in_flight = in_flight_of_1f1b(execution.plan, microbatches);
  return {.model = model, .execution = std::move(execution), .optimizer = {}, .in_flight = std::move(in_flight)};
}

double states_of(const StageMemory& stage) {
  return (stage.weights + stage.gradients + stage.optimizer).si();
}

// Worked values of 16Ψ, 4Ψ + 12Ψ/N, 2Ψ + 14Ψ/N, 16Ψ/N (Rajbhandari et al., arXiv 1910.02054, section 5).
struct Published {
  std::uint64_t parameters;
  std::uint32_t ranks;
  double by_zero[4];
};
constexpr Published published[] = {
    {7000000000, 8, {112000000000.0, 38500000000.0, 26250000000.0, 14000000000.0}},
    {7500000000, 64, {120000000000.0, 31406250000.0, 16640625000.0, 1875000000.0}},
    {1300000000, 4, {20800000000.0, 9100000000.0, 7150000000.0, 5200000000.0}},
};

TEST(StageMemory, OfAdamInMixedPrecisionIsSixteenBytesAWeight) {
  for (const Published& one : published) {
    const Model model = SampledModel{.name = "m", .parameters = one.parameters};
    for (std::uint32_t zero = 0; zero < 4; ++zero) {
      const auto stages = memory_of(request_for(model, {.plan = {.data = one.ranks, .zero = zero}}));
      EXPECT_NEAR(states_of(stages.at(0)) / one.by_zero[zero], 1, 1e-12) << zero;
    }
  }
}

// A bucket larger than all gradients never fills.
TEST(StageMemory, BuffersNoMoreThanTheGradientsThereAre) {
  const Model model = SampledModel{.name = "m", .parameters = 1'000'000};
  for (const double bucket : {1e6, 1e12}) {
    MemoryRequest request = request_for(model, {.plan = {.data = 8, .zero = 2}});
    request.buckets = Bytes(bucket);
    EXPECT_EQ(memory_of(request).at(0).buffers, Bytes(std::min(bucket, 2e6)));
  }
}

TEST(StageMemory, KnowsOtherOptimizersAndPrecisions) {
  const auto bytes = [](const std::string& name, Precision precision) {
    const StateBytes state = state_bytes(optimizer_called(name, ""), {.precision = precision});
    return state.weight + state.optimizer;
  };
  EXPECT_EQ(bytes("adam", Precision::bf16), 14);
  EXPECT_EQ(bytes("adam", Precision::fp32), 12);
  EXPECT_EQ(bytes("sgd", Precision::bf16), 6);
  EXPECT_EQ(bytes("momentum", Precision::fp32), 8);
  EXPECT_THROW(optimizer_called("adma", "workload.optimizer"), InputError);
}

// All stages' weights, times the ranks that hold them once, are the model's.
TEST(StageMemory, SharesEveryWeightOutOnce) {
  for (const char* name : {"Llama3_70B", "Mixtral_8x7B"}) {
    const Model model = model_called(name);
    const ParallelPlan plan{.data = 8, .tensor = 8, .pipeline = 4, .expert = 8};
    double sum = 0;
    for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
      const RankParameters share = parameters_of_stage(model, plan, stage);
      sum += share.dense * plan.tensor + share.experts * plan.tensor_of_experts() * plan.expert;
    }
    // Norms and routers are on every tensor rank.
    EXPECT_NEAR(sum / double(parameters_of(model)), 1, 2e-4) << name;
    EXPECT_GE(sum, double(parameters_of(model))) << name;
  }
}

TEST(StageMemory, HoldsEmbeddingAndHeadAtTheEnds) {
  const Model model = model_called("Llama3_8B");
  const ParallelPlan plan{.pipeline = 4};
  const double layers = 8.0 * double(count_parameters(std::get<TransformerModel>(model)).dense_layer);
  const double table = 128256.0 * 4096;
  EXPECT_EQ(parameters_of_stage(model, plan, 0).total(), layers + table);
  EXPECT_EQ(parameters_of_stage(model, plan, 1).total(), layers);
  EXPECT_EQ(parameters_of_stage(model, plan, 3).total(), layers + table + 4096);
}

TEST(StageMemory, CopiesATiedEmbeddingToTheLastStage) {
  const Model model = model_called("GPT2_Small");
  double sum = 0;
  for (std::uint32_t stage = 0; stage < 2; ++stage) {
    sum += parameters_of_stage(model, {.pipeline = 2}, stage).total();
  }
  EXPECT_EQ(sum, 124439808.0 + 50257.0 * 768);
  EXPECT_EQ(parameters_of_stage(model, {}, 0).total(), 124439808.0);
}

TEST(StageMemory, HoldsMoreMicrobatchesOnEarlierStages) {
  const Model model = model_called("GPT3");
  const MemoryRequest request = request_for(model, {.plan = {.tensor = 8, .pipeline = 8}, .sequence_length = 2048}, 64);
  const auto stages = memory_of(request);
  for (std::uint32_t stage = 1; stage + 1 < 8; ++stage) {
    EXPECT_NEAR(stages[stage].activations / stages[6].activations, (8.0 - stage) / 2, 1e-12);
  }
}

TEST(StageMemory, HoldsTwoChunksWhereSchedulesTurnBackOrMirror) {
  const Model model = model_called("Llama3_8B");
  ParallelPlan plan{.pipeline = 4, .virtual_stages = 2, .route = ChunkRoute::there_and_back};
  const double layers = 8.0 * double(count_parameters(std::get<TransformerModel>(model)).dense_layer);
  const double table = 128256.0 * 4096;
  EXPECT_EQ(parameters_of_stage(model, plan, 0).total(), layers + 2 * table + 4096);
  EXPECT_EQ(parameters_of_stage(model, plan, 3).total(), layers);
  plan = {.pipeline = 4, .route = ChunkRoute::mirrored};
  EXPECT_EQ(parameters_of_stage(model, plan, 0).total(), 2 * layers + 2 * table + 4096);
  EXPECT_EQ(parameters_of_stage(model, plan, 1).total(), 2 * layers);
}

TEST(InFlight, OfInterleavingIsAheadByItsWarmUp) {
  const InFlight in_flight = in_flight_of_1f1b({.pipeline = 4, .virtual_stages = 2}, 64);
  EXPECT_EQ(in_flight.chunks, (std::vector<double>{11, 9, 7, 5}));
  EXPECT_EQ(in_flight_of_1f1b({.pipeline = 4}, 2).chunks, (std::vector<double>{2, 2, 2, 1}));
}

TEST(StageMemory, ShardsAmongFewerRanksInHybridSharding) {
  const Model model = model_called("Llama3_8B");
  const auto weights = [&](std::optional<std::uint32_t> shard_ranks) {
    return memory_of(request_for(model, {.plan = {.data = 64, .zero = 3, .shard_ranks = shard_ranks}})).at(0).weights;
  };
  EXPECT_DOUBLE_EQ(weights(8) / weights({}), 8);
}

// Of a pipeline's middle stage, which has no embedding and no head.
TEST(StageMemory, GathersTheLayersAheadUnderZero3) {
  const Model model = model_called("Llama3_8B");
  const double layer = double(count_parameters(std::get<TransformerModel>(model)).dense_layer);
  for (const std::uint32_t prefetch : {0U, 1U, 3U, 100U}) {
    MemoryRequest request = request_for(model, {.plan = {.data = 64, .pipeline = 4, .zero = 3}});
    request.prefetch = prefetch;
    const double gathered = std::min(1.0 + prefetch, 32.0 / 4);
    EXPECT_DOUBLE_EQ(memory_of(request).at(1).buffers.si(), (2 * gathered + 2) * layer) << prefetch;
  }
}

TEST(StageMemory, GathersTheHeadLikeALayerUnderZero3) {
  const Model model = model_called("Llama3_8B");
  const auto& transformer = std::get<TransformerModel>(model);
  const double layer = double(count_parameters(transformer).dense_layer);
  const double head = double(transformer.vocabulary) * double(transformer.hidden) + double(transformer.hidden);
  EXPECT_DOUBLE_EQ(memory_of(request_for(model, {.plan = {.data = 64, .zero = 3}})).at(0).buffers.si(),
                   2 * (layer + head) + 2 * head);
}

TEST(StageMemory, NeedsOneWholeLayerWhileItIsWorkedOutAgain) {
  const Model model = model_called("Llama3_8B");
  Execution execution{.sequence_length = 8192, .recompute = Recompute::full};
  const auto& transformer = std::get<TransformerModel>(model);
  const LayerActivations layer = layer_activations(transformer, LayerKind::dense, execution);
  const StageMemory stage = memory_of(request_for(model, execution)).at(0);
  EXPECT_EQ(stage.buffers, layer.everything - layer.kept);
  EXPECT_EQ(stage.activations, 32.0 * layer.kept + output_activations(transformer, execution));
}

TEST(StageMemory, OfLlama70BOn256H100FitsAsItIsTrained) {
  const Model model = model_called("Llama3_70B");
  const Execution execution{.plan = {.data = 8, .tensor = 8, .pipeline = 4, .sequence_parallel = true, .zero = 1},
                            .sequence_length = 4096};
  EXPECT_LT(largest_of(memory_of(request_for(model, execution))), 80.0_GiB);
  const Execution data_parallel{.plan = {.data = 256}, .sequence_length = 4096};
  EXPECT_GT(largest_of(memory_of(request_for(model, data_parallel))).si(), 1.1e12);
}

std::vector<Remedy> remedies(const Model& model, const Execution& execution, Bytes usable) {
  const PlanDuty duty{.model = model,
                      .global_batch = 256,
                      .microbatch = execution.microbatch,
                      .sequence_length = execution.sequence_length};
  return find_remedies(request_for(model, execution), duty, usable, in_flight_of_1f1b);
}

TEST(Remedies, AreTriedNotGuessed) {
  const Model model = model_called("Llama3_8B");
  const Execution execution{.plan = {.data = 64, .zero = 1}, .microbatch = 2, .sequence_length = 8192};
  const auto found = remedies(model, execution, 80.0_GiB);
  ASSERT_FALSE(found.empty());
  for (const Remedy& remedy : found) {
    EXPECT_LE(remedy.largest, 80.0_GiB) << remedy.change;
    EXPECT_EQ(remedy.execution.plan.ranks(), 64U) << remedy.change;
  }
  EXPECT_EQ(found.back().change.find("zero: 1"), std::string::npos);
}

TEST(Remedies, ArePairedWhereOneIsTooLittle) {
  const Model model = model_called("Llama3_70B");
  const Execution execution{.plan = {.data = 256}, .microbatch = 1, .sequence_length = 4096};
  const auto found = remedies(model, execution, 80.0_GiB);
  ASSERT_FALSE(found.empty());
  EXPECT_NE(found.front().change.find(" and "), std::string::npos) << found.front().change;
}

TEST(Remedies, AreNoneWhereNothingHelps) {
  const Model model = model_called("Llama3_405B");
  EXPECT_TRUE(remedies(model, {.plan = {.data = 2}, .sequence_length = 4096}, 16.0_GiB).empty());
}

}  // namespace
}  // namespace lockstep::workloads
