#include "workloads/plan/legality.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

Model model_called(const std::string& name) {
  return model_of(Catalog::bundled().find("model", name));
}

// The first problem, or nothing.
std::string problem_of(const ParallelPlan& plan, const std::string& model, std::uint64_t global_batch = 64,
                       std::uint64_t sequence = 4096, std::optional<std::uint64_t> devices = {}) {
  const Model described = model_called(model);
  const auto problems = problems_of(plan, {.model = described,
                                           .global_batch = global_batch,
                                           .microbatch = 2,
                                           .sequence_length = sequence,
                                           .devices = devices});
  return problems.empty() ? "" : problems.front().field + ": " + problems.front().problem;
}

void expect_problem(const std::string& problem, const std::string& part) {
  EXPECT_NE(problem.find(part), std::string::npos) << problem;
}

TEST(Legality, PassesPlansThatArePublished) {
  EXPECT_EQ(problem_of({.data = 8, .tensor = 8, .pipeline = 4, .sequence_parallel = true, .zero = 1}, "Llama3_70B"),
            "");
  EXPECT_EQ(problem_of({.data = 16, .tensor = 8, .pipeline = 8}, "GPT3", 1536, 2048), "");
  EXPECT_EQ(problem_of({.data = 8, .tensor = 2, .pipeline = 4, .expert = 8, .sequence_parallel = true}, "Mixtral_8x7B"),
            "");
  EXPECT_EQ(problem_of({.data = 32}, "ResNet50"), "");
}

TEST(Legality, WantsTheWorldToBeTheProductOfTheDegrees) {
  expect_problem(problem_of({.data = 2, .tensor = 8, .pipeline = 4}, "Llama3_70B", 64, 4096, 256),
                 "world size (256 devices) is not tensor x context x data x pipeline (8 x 1 x 2 x 4 = 64)");
}

TEST(Legality, WantsEqualShares) {
  expect_problem(problem_of({.data = 3}, "Llama3_70B"),
                 "global batch size (64) is not divisible by micro batch size (2) times data parallel size (3)");
  expect_problem(problem_of({.pipeline = 3}, "Llama3_70B"),
                 "number of layers (80) must be divisible by pipeline x virtual stages (3 x 1 = 3)");
  expect_problem(problem_of({.pipeline = 8, .virtual_stages = 3}, "Llama3_70B"), "(8 x 3 = 24)");
  expect_problem(problem_of({.tensor = 3}, "Llama3_70B"),
                 "number of attention heads (64) must be divisible by tensor (3)");
  expect_problem(problem_of({.data = 3, .expert = 3}, "Mixtral_8x7B", 12),
                 "number of experts (8) must be divisible by expert (3)");
  expect_problem(problem_of({.data = 2, .expert = 4}, "Mixtral_8x7B"),
                 "divisible by expert_tensor x expert x pipeline");
  expect_problem(problem_of({.context = 3}, "Llama3_70B"),
                 "sequence length (4096) must be divisible by 2 x context (6)");
}

TEST(Legality, LetsKeyValueHeadsBeFewerThanTensorRanks) {
  EXPECT_EQ(problem_of({.tensor = 16}, "Llama3_70B"), "");
}

TEST(Legality, TakesUnequalStagesAsStated) {
  EXPECT_EQ(problem_of({.pipeline = 3, .stage_layers = {26, 28, 26}}, "Llama3_70B"), "");
  expect_problem(problem_of({.pipeline = 3, .stage_layers = {26, 28}}, "Llama3_70B"), "2 entries with 54 layers");
}

TEST(Legality, RefusesWhatHasNothingToDivide) {
  expect_problem(problem_of({.sequence_parallel = true}, "Llama3_70B"), "tensor is 1");
  expect_problem(problem_of({.virtual_stages = 2}, "Llama3_70B"), "more than one stage");
  expect_problem(problem_of({.data = 2, .expert = 2}, "Llama3_70B"), "no experts");
  expect_problem(problem_of({.data = 2, .shard_ranks = 2}, "Llama3_70B"), "nothing is sharded");
  expect_problem(problem_of({.tensor = 2}, "ResNet50"), "only size and flops");
  expect_problem(problem_of({}, "GPT2_Small", 64, 2048), "exceeds the learned positions (1024)");
}

TEST(Legality, RefusesOrdersInWhichExpertsHaveOtherStages) {
  ParallelPlan plan{.data = 2, .tensor = 1, .pipeline = 2, .context = 2, .expert = 1};
  plan.order = axis_order_from("tp-cp-ep-pp-dp", "");
  expect_problem(problem_of(plan, "Mixtral_8x7B"), "other pipeline groups");
}

TEST(Legality, NamesThePlaceInTheScenario) {
  const Json workload = {{"kind", "training"}};
  const Model model = model_called("Llama3_70B");
  const PlanDuty duty{.model = model, .global_batch = 5, .microbatch = 2, .sequence_length = 4096};
  try {
    check_plan({}, duty, JsonFields(workload, "scenario.json", "workload"));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().where, "scenario.json: workload.global_batch");
    EXPECT_EQ(error.text().suggestion, "the next that is: 6");
  }
}

TEST(ParallelPlan, FillsTheDevicesWithReplicas) {
  const Json stated = {{"tensor", 4}, {"pipeline", 2}};
  EXPECT_EQ(read_parallel_plan(JsonFields(stated, ""), 32).data, 4U);
  EXPECT_THROW(read_parallel_plan(JsonFields(stated, ""), 12), InputError);
  const Json huge = {{"tensor", 1 << 20}, {"pipeline", 1 << 20}};
  EXPECT_THROW(read_parallel_plan(JsonFields(huge, ""), std::nullopt), InputError);
  const Json unknown = {{"tensr", 4}};
  EXPECT_THROW(read_parallel_plan(JsonFields(unknown, ""), 32), InputError);
}

}  // namespace
}  // namespace lockstep::workloads
