#include "workloads/checkpoint/checkpoint_load.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lockstep::workloads {
namespace {

// Layers that stages cannot share evenly are one more on the first ones.
TrainingSpec job(const Model& model, const ParallelPlan& plan) {
  TrainingSpec spec{.model = model};
  spec.execution.plan = plan;
  const auto* transformer = std::get_if<TransformerModel>(&model);
  const std::uint64_t layers =
      transformer != nullptr ? transformer->layer_count() : std::get<SampledModel>(model).layers;
  const std::uint32_t chunks = plan.chunks();
  for (std::uint32_t chunk = 0; chunk < chunks && layers % chunks != 0; ++chunk) {
    spec.execution.plan.stage_layers.push_back(
        static_cast<std::uint32_t>(layers / chunks + (chunk < layers % chunks ? 1 : 0)));
  }
  spec.execution.sequence_length = 128;
  return spec;
}

Model model_called(const std::string& name) {
  return model_of(Catalog::bundled().find("model", name));
}

double all_parameters(const Model& model) {
  double count = static_cast<double>(parameters_of(model));
  if (const auto* transformer = std::get_if<TransformerModel>(&model)) {
    count += static_cast<double>(count_parameters(*transformer).prediction_modules);
  }
  return count;
}

// Plans that copy and divide weights in every way there is.
std::vector<ParallelPlan> plans() {
  return {{},
          {.data = 8},
          {.data = 8, .zero = 1},
          {.data = 8, .zero = 3},
          {.data = 8, .zero = 3, .shard_ranks = 2},
          {.tensor = 8},
          {.data = 2, .tensor = 4, .pipeline = 4, .context = 2, .sequence_parallel = true, .zero = 1},
          {.data = 3, .pipeline = 2, .virtual_stages = 4},
          {.data = 2, .pipeline = 4, .virtual_stages = 2, .route = ChunkRoute::there_and_back},
          {.data = 2, .tensor = 2, .pipeline = 4, .route = ChunkRoute::mirrored}};
}

std::vector<ParallelPlan> expert_plans() {
  return {{.data = 8, .expert = 8, .zero = 1},
          {.data = 8, .tensor = 2, .expert = 4, .zero = 1},
          {.data = 4, .tensor = 2, .pipeline = 2, .expert = 8, .expert_tensor = 1, .zero = 2},
          {.data = 16, .pipeline = 2, .expert = 4, .zero = 3, .shard_ranks = 8}};
}

void expect_each_byte_once(const TrainingSpec& spec, double bytes_of_weight) {
  const double expected = all_parameters(spec.model) * bytes_of_weight;
  for (const CheckpointWriters writers : {CheckpointWriters::all, CheckpointWriters::first_replica}) {
    const CheckpointLoad load = checkpoint_load_of(spec, writers);
    ASSERT_EQ(load.written.size(), spec.execution.plan.ranks());
    EXPECT_NEAR(load.total_written().si() / expected, 1, 1e-12) << to_text(writers);
  }
}

TEST(CheckpointLoad, WritesEveryByteOnceUnderEveryPlan) {
  for (const char* name : {"Llama3_8B", "GPT3", "ResNet50", "DeepSeek_V3"}) {
    for (const ParallelPlan& plan : plans()) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(plan.ranks()));
      expect_each_byte_once(job(model_called(name), plan), 14);
    }
  }
  for (const char* name : {"Mixtral_8x7B", "DeepSeek_V3"}) {
    for (const ParallelPlan& plan : expert_plans()) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(plan.ranks()));
      expect_each_byte_once(job(model_called(name), plan), 14);
    }
  }
}

TEST(CheckpointLoad, CountsWhatTheOptimizerKeeps) {
  TrainingSpec spec = job(model_called("Llama3_8B"), {.data = 2, .zero = 1});
  spec.execution.precision = Precision::fp32;
  expect_each_byte_once(spec, 12);
  spec.optimizer = optimizer_called("momentum", "");
  expect_each_byte_once(spec, 8);
  spec.execution.precision = Precision::bf16;
  expect_each_byte_once(spec, 10);
  spec.optimizer = optimizer_called("sgd", "");
  expect_each_byte_once(spec, 6);
}

TEST(CheckpointLoad, SharesWritingAmongReplicasEvenly) {
  const Model model = SampledModel{.name = "m", .parameters = 8'000'000};
  const CheckpointLoad load = checkpoint_load_of(job(model, {.data = 8}));
  for (const Bytes bytes : load.written) EXPECT_EQ(bytes, Bytes(14e6));
}

// The first replica is the first rank, or the first ranks among whom ZeRO shards.
TEST(CheckpointLoad, LeavesWritingToTheFirstReplica) {
  const Model model = SampledModel{.name = "m", .parameters = 8'000'000};
  const auto written = [&](const ParallelPlan& plan) {
    std::vector<double> bytes;
    for (const Bytes one : checkpoint_load_of(job(model, plan), CheckpointWriters::first_replica).written) {
      bytes.push_back(one.si());
    }
    return bytes;
  };
  EXPECT_EQ(written({.data = 4}), (std::vector{112e6, 0.0, 0.0, 0.0}));
  EXPECT_EQ(written({.data = 4, .zero = 1, .shard_ranks = 2}), (std::vector{56e6, 56e6, 0.0, 0.0}));
  EXPECT_EQ(written({.data = 4, .zero = 1}), (std::vector{28e6, 28e6, 28e6, 28e6}));
}

// Every replica needs its own copy of the weights.
TEST(CheckpointLoad, LoadsWhatEachRankHolds) {
  const Model model = SampledModel{.name = "m", .parameters = 8'000'000};
  const auto loaded = [&](const ParallelPlan& plan) { return checkpoint_load_of(job(model, plan)).loaded.back(); };
  EXPECT_EQ(loaded({.data = 8}), Bytes(112e6));
  EXPECT_EQ(loaded({.data = 8, .zero = 1}), Bytes(16e6 + 12e6));
  EXPECT_EQ(loaded({.data = 8, .zero = 3}), Bytes(14e6));
}

TEST(CheckpointLoad, NeverLoadsLessThanIsWritten) {
  for (const ParallelPlan& plan : plans()) {
    const CheckpointLoad load = checkpoint_load_of(job(model_called("Llama3_8B"), plan));
    EXPECT_GE(load.total_loaded().si(), load.total_written().si() * (1 - 1e-12));
  }
}

TEST(CheckpointLoad, OfStatedBytesIsEven) {
  const CheckpointLoad load = even_checkpoint(Bytes(4e12), 16);
  EXPECT_EQ(load.written, std::vector<Bytes>(16, Bytes(2.5e11)));
  EXPECT_EQ(load.loaded, load.written);
  EXPECT_EQ(load.snapshot_time(Bandwidth(25e9)), Seconds(10));
}

}  // namespace
}  // namespace lockstep::workloads
