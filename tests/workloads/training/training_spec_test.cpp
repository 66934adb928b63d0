#include "workloads/training/training_spec.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/own_folder.hpp"

namespace lockstep::workloads {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

TrainingSpec spec_from(const std::string& text, std::optional<std::uint64_t> devices = {},
                       const std::string& directory = ".") {
  const Json document = parse_json(text, "scenario.json");
  const JsonFields fields(document, "scenario.json", "workload");
  TrainingSpec spec = read_training_spec(fields, {.catalog = catalog(), .directory = directory, .devices = devices});
  fields.reject_unknown();
  return spec;
}

void expect_problem(const std::string& text, const std::string& part, std::optional<std::uint64_t> devices = {}) {
  try {
    spec_from(text, devices);
    ADD_FAILURE() << "nothing is wrong with " << text;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

constexpr const char* whole = R"({"kind":"training","model":"Llama3_70B","global_batch":256,"microbatch":1,
  "sequence_length":4096,"precision":"bf16","optimizer":"adam","parallel":{"data":8,"tensor":8,"pipeline":4,"context":1,
  "expert":1,"sequence_parallel":true,"zero":1,"order":"tensor-context-expert-data-pipeline"},"schedule":"1f1b",
  "virtual_stages":1,"recompute":"selective","overlap":{"gradients":true,"parameters":true,"tensor":false},
  "buckets":"25 MiB","collectives":{"gradients":"ring","tensor":"ring","expert":"pairwise"},
  "compute":{"efficiency":0.5}})";

TEST(TrainingSpec, IsReadFromTheFieldsOfAScenario) {
  const TrainingSpec spec = spec_from(whole, 256);
  EXPECT_EQ(name_of(spec.model), "Llama3_70B");
  EXPECT_EQ(spec.microbatches(), 32U);
  EXPECT_EQ(spec.execution.plan.ranks(), 256U);
  EXPECT_EQ(spec.execution.recompute, Recompute::selective);
  EXPECT_EQ(spec.buckets, Bytes(25 * 1024 * 1024));
  EXPECT_DOUBLE_EQ(spec.tokens_per_step(), 256.0 * 4096);
}

TEST(TrainingSpec, FillsInDefaults) {
  const TrainingSpec spec = spec_from(R"({"model":"Llama3_8B","global_batch":32})", 16);
  EXPECT_EQ(spec.execution.plan.data, 16U);
  EXPECT_EQ(spec.execution.microbatch, 1U);
  EXPECT_EQ(spec.execution.sequence_length, 2048U);
  EXPECT_EQ(spec.execution.precision, Precision::bf16);
  EXPECT_EQ(spec.schedule, "1f1b");
  EXPECT_EQ(spec_from(R"({"model":"ResNet50","global_batch":32})", 16).execution.sequence_length, 1U);
  EXPECT_EQ(spec_from(R"({"model":"GPT2_Small","global_batch":32})", 16).execution.sequence_length, 1024U);
}

TEST(TrainingSpec, ChoosesTheRouteOfChunksByTheSchedule) {
  const std::string start = R"({"model":"Llama3_8B","global_batch":32,"parallel":{"data":1,"pipeline":4},"schedule":)";
  EXPECT_EQ(spec_from(start + "\"zb_v\"}").execution.plan.route, ChunkRoute::there_and_back);
  EXPECT_EQ(spec_from(start + "\"zb_v\"}").execution.plan.virtual_stages, 2U);
  EXPECT_EQ(spec_from(start + "\"dualpipe\"}").execution.plan.route, ChunkRoute::mirrored);
  EXPECT_EQ(spec_from(start + R"({"file":"x.csv"}})").schedule_file, "x.csv");
  EXPECT_EQ(spec_from(R"({"model":"Llama3_8B","global_batch":32,"parallel":{"data":1,"pipeline":4},
    "virtual_stages":2})")
                .schedule,
            "interleaved_1f1b");
}

TEST(TrainingSpec, WritesWhatItReadsBack) {
  for (const char* text :
       {whole,
        R"({"model":"Mixtral_8x7B","global_batch":64,"parallel":{"data":8,"expert":8,"zero":3,"shard_ranks":4},
            "precision":"fp32","routing":{"kind":"hot","factor":1.5},"placement":[1,0,2,3,4,5,6,7],"flops":"full",
            "compute":{"efficiency":{"attention":0.3},"launch":"3 us"},"attention":"unfused","prefetch":2})",
        R"({"model":"DeepSeek_V3","global_batch":64,"parallel":{"pipeline":2,"data":2,"stage_layers":[31,30]},
            "gradient_precision":"fp32","optimizer":"adam_8bit","overlap":{"compute_slowdown":1.2}})"}) {
    const Json written = as_json(spec_from(text));
    EXPECT_EQ(as_json(spec_from(written.dump())), written);
  }
}

TEST(TrainingSpec, TakesMegatronsFlags) {
  const TrainingSpec spec = spec_from(
      R"({"kind":"training","megatron":"torchrun --nproc_per_node 8 pretrain_gpt.py --tensor-model-parallel-size 2 )"
      R"(--pipeline-model-parallel-size 2 --num-layers 12 --hidden-size 768 --num-attention-heads 12 --bf16 )"
      R"(--seq-length 1024 --max-position-embeddings 1024 --vocab-size 50257 --micro-batch-size 2 )"
      R"(--global-batch-size 16 --use-distributed-optimizer"})",
      8);
  EXPECT_EQ(spec.execution.plan.data, 2U);
  EXPECT_EQ(spec.microbatches(), 4U);
  EXPECT_FALSE(spec.overlap.gradients);
  EXPECT_EQ(parameters_of(spec.model), 124439808U);
  EXPECT_EQ(spec_from(R"({"model":"Llama3_8B","global_batch_size":32,"parallel":{"tensor_model_parallel_size":4}})", 16)
                .execution.plan.data,
            4U);
}

TEST(TrainingSpec, ReadsModelFilesBesideTheScenario) {
  own_file("config.json",
           R"({"model_type":"gpt2","n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024,"vocab_size":50257})");
  const TrainingSpec spec =
      spec_from(R"({"model":{"hf_config":"config.json"},"global_batch":8})", std::nullopt, own_folder().string());
  EXPECT_EQ(parameters_of(spec.model), 124439808U);
}

// Of eight experts on eight ranks a token chooses two: no rank gets more than every token once.
TEST(TrainingSpec, LimitsWhatAHotRankCanGet) {
  const auto with = [](const std::string& factor) {
    return R"({"model":"Mixtral_8x7B","global_batch":32,"parallel":{"data":8,"expert":8},
      "routing":{"kind":"hot","factor":)" +
           factor + "}}";
  };
  EXPECT_EQ(spec_from(with("4")).routing.factor, 4);
  expect_problem(with("4.5"), "workload.routing.factor: an expert rank gets at most 4 times the equal share");
}

TEST(TrainingSpec, WantsHeadsThatDivideTheHiddenChannels) {
  expect_problem(R"({"model":{"layers":2,"hidden_dim":1024,"heads":7,"ffn":64,"vocab":100},"global_batch":8})",
                 "workload.model.heads: 7 heads do not divide hidden_dim, 1024");
}

TEST(TrainingSpec, SaysWhereItIsWrong) {
  const auto with = [](const std::string& more) { return R"({"model":"Llama3_8B","global_batch":32,)" + more + "}"; };
  expect_problem(R"({"model":"Llama3_8B"})", "'global_batch' is missing");
  expect_problem(with(R"("microbatches":3)"), "workload.microbatches: unknown key");
  expect_problem(with(R"("parallel":{"tensor":3})"), "workload.parallel.tensor: number of attention heads (32)");
  expect_problem(with(R"("parallel":{"tensor":3})"), "world size (16) is not divisible", 16);
  expect_problem(with(R"("parallel":{"data":64})"), "workload.global_batch: global batch size (32)");
  expect_problem(with(R"("parallel":{"data":8})"), "world size (16 devices)", 16);
  expect_problem(with(R"("precision":"int4")"), "workload.precision");
  expect_problem(with(R"("optimizer":"adm")"), "did you mean 'adam'");
  expect_problem(with(R"("schedule":"2f2b")"), "workload.schedule");
  expect_problem(with(R"("collectives":{"tensor":"rings"})"), "workload.collectives.tensor");
  expect_problem(with(R"("buckets":25)"), "workload.buckets");
  expect_problem(with(R"("overlap":{"gradient":true})"), "did you mean 'gradients'");
  expect_problem(with(R"("routing":{"kind":"hot","factor":0.5})"), "workload.routing.factor");
  expect_problem(with(R"("placement":[0,1])"), "2 devices for 16 ranks", 16);
  expect_problem(with(R"("memory_reserve":1)"), "workload.memory_reserve");
  expect_problem(with(R"("fp8_format":"hybrid")"), "unknown key");
  expect_problem(with(R"("megatron":"--fp8-format hybrid")"), "'--fp8-format' is not modelled");
  expect_problem(R"({"model":7,"global_batch":32})", "workload.model");
}

}  // namespace
}  // namespace lockstep::workloads
