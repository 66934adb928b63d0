#include "workloads/plan/megatron_flags.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

std::string problem_of(const std::string& line) {
  try {
    fields_of_launch_line(line, "megatron");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_problem(const std::string& line, const std::string& part) {
  EXPECT_NE(problem_of(line).find(part), std::string::npos) << problem_of(line);
}

TEST(MegatronFlags, OfALaunchLineDescribeTheWholeJob) {
  const Json fields = fields_of_launch_line(
      R"(torchrun --nproc_per_node 8 --nnodes=4 pretrain_gpt.py \
         --tensor-model-parallel-size 4 --pipeline-model-parallel-size 2 --sequence-parallel \
         --use-distributed-optimizer --overlap-grad-reduce --bf16 --micro-batch-size 1 --global-batch-size 128 \
         --seq-length 4096 --max-position-embeddings 4096 --num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 \
         --num-attention-heads 32 --group-query-attention --num-query-groups 8 --swiglu --normalization RMSNorm \
         --position-embedding-type rope --disable-bias-linear --untie-embeddings-and-output-weights \
         --vocab-size 128256 --hidden-dropout 0.0 --num-layers-per-virtual-pipeline-stage 4 \
         --lr 1.5e-4 --clip-grad 1.0 --data-path /data/a /data/b)",
      "megatron");
  const Json expected_parallel = {
      {"pipeline", 2}, {"sequence_parallel", true}, {"tensor", 4}, {"zero", 1}, {"data", 4}};
  EXPECT_EQ(Json(fields["parallel"]).size(), expected_parallel.size());
  for (const auto& [key, value] : expected_parallel.items()) EXPECT_EQ(fields["parallel"][key], value) << key;
  EXPECT_EQ(fields["virtual_stages"], 4);
  EXPECT_EQ(fields["global_batch"], 128);
  EXPECT_EQ(fields["microbatch"], 1);
  EXPECT_EQ(fields["precision"], "bf16");
  EXPECT_EQ(fields["overlap"]["gradients"], true);
  EXPECT_EQ(fields["overlap"]["parameters"], false);
  EXPECT_EQ(fields["model"]["kv_heads"], 8);
  EXPECT_EQ(fields["model"]["mlp"], "gated");
  EXPECT_EQ(fields["model"]["norm"], "rms");
  EXPECT_EQ(fields["model"]["position"], "rotary");
  EXPECT_EQ(fields["model"]["attention_bias"], "none");
  EXPECT_EQ(fields["model"]["tied_embeddings"], false);
  EXPECT_EQ(fields["model"]["dropout"], false);
}

TEST(MegatronFlags, StandForGpt2UnlessTold) {
  const Json model = fields_of_launch_line("--num-layers 12 --hidden-size 768 --num-attention-heads 12", "")["model"];
  EXPECT_EQ(model["ffn"], 3072);
  EXPECT_EQ(model["norm"], "layer");
  EXPECT_EQ(model["position"], "learned");
  EXPECT_EQ(model["attention_bias"], "all");
  EXPECT_EQ(model["tied_embeddings"], true);
  EXPECT_EQ(model["dropout"], true);
}

TEST(MegatronFlags, ShareLayersOutBetweenStatedEnds) {
  const Json fields = fields_of_launch_line(
      "--num-layers 10 --pipeline-model-parallel-size 4 --decoder-first-pipeline-num-layers 1 "
      "--decoder-last-pipeline-num-layers 3",
      "");
  EXPECT_EQ(fields["parallel"]["stage_layers"], Json::parse("[1,3,3,3]"));
}

TEST(MegatronFlags, ThatAreNotModelledAreRefusedByName) {
  expect_problem("--fp8-format hybrid", "'--fp8-format' is not modelled");
  expect_problem("--tensor-model-paralel-size 8", "did you mean '--tensor-model-parallel-size'?");
  expect_problem("--recompute-method block", "--recompute-method");
  expect_problem("--moe-token-dispatcher-type flex", "flex");
  expect_problem("--num-layers many", "--num-layers needs one whole number");
  expect_problem("--num-layers", "--num-layers needs one whole number");
  expect_problem("--bf16 yes", "takes no value");
  expect_problem("--num-layers 10 --pipeline-model-parallel-size 4 --num-layers-per-virtual-pipeline-stage 3",
                 "not divisible");
  expect_problem("torchrun --nproc_per_node 6 train.py --tensor-model-parallel-size 4", "world size (6)");
}

TEST(MegatronFlags, AreKeysOfTheWorkloadToo) {
  const Json workload = Json::parse(R"({"kind":"training","model":"Llama3_70B","micro_batch_size":2,
    "tensor-model-parallel-size":8,"parallel":{"pipeline_model_parallel_size":4,"sequence_parallel":true}})");
  const Json fields = without_megatron_flags(workload, "workload");
  EXPECT_EQ(fields, Json::parse(R"({"kind":"training","model":"Llama3_70B",
    "parallel":{"sequence_parallel":true,"pipeline":4,"tensor":8},"microbatch":2})"));
}

TEST(MegatronFlags, MustNotContradictOurFields) {
  const Json workload = Json::parse(R"({"microbatch":1,"megatron":"--micro-batch-size 2"})");
  EXPECT_THROW(without_megatron_flags(workload, "workload"), InputError);
  const Json agreeing = Json::parse(R"({"microbatch":2,"megatron":"--micro-batch-size 2"})");
  EXPECT_EQ(without_megatron_flags(agreeing, "workload")["microbatch"], 2);
  EXPECT_THROW(without_megatron_flags(Json::parse(R"({"megatron":7})"), "workload"), InputError);
}

TEST(MegatronFlags, AreListedOnce) {
  std::set<std::string_view> names;
  for (const MegatronFlag& flag : megatron_flags()) EXPECT_TRUE(names.insert(flag.flag).second) << flag.flag;
}

}  // namespace
}  // namespace lockstep::workloads
