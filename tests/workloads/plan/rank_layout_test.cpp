#include "workloads/plan/rank_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

using testing::ElementsAre;

std::vector<std::uint32_t> numbers(const std::vector<RankId>& ranks) {
  std::vector<std::uint32_t> plain;
  plain.reserve(ranks.size());
  for (const RankId rank : ranks) plain.push_back(rank.value());
  return plain;
}

std::vector<std::uint32_t> group_of(const ParallelPlan& plan, GroupKind kind, std::uint32_t rank) {
  return numbers(RankLayout(plan).group(kind, RankId(rank)));
}

// The example in Megatron-LM's comment on initialize_model_parallel: 16 ranks, tensor 2, pipeline 4.
TEST(RankLayout, GroupsRanksAsMegatronDocumentsIt) {
  const ParallelPlan plan{.data = 2, .tensor = 2, .pipeline = 4};
  const RankLayout layout(plan);
  EXPECT_EQ(layout.groups(GroupKind::data).size(), 8U);
  EXPECT_EQ(layout.groups(GroupKind::tensor).size(), 8U);
  EXPECT_EQ(layout.groups(GroupKind::pipeline).size(), 4U);
  EXPECT_THAT(group_of(plan, GroupKind::data, 5), ElementsAre(5, 7));
  EXPECT_THAT(group_of(plan, GroupKind::tensor, 5), ElementsAre(4, 5));
  EXPECT_THAT(group_of(plan, GroupKind::pipeline, 5), ElementsAre(1, 5, 9, 13));
  EXPECT_THAT(group_of(plan, GroupKind::embedding, 1), ElementsAre(1, 13));
  EXPECT_TRUE(group_of(plan, GroupKind::embedding, 5).empty());
}

TEST(RankLayout, PutsContextBetweenTensorAndData) {
  const ParallelPlan plan{.data = 2, .tensor = 2, .pipeline = 1, .context = 2};
  EXPECT_THAT(group_of(plan, GroupKind::context, 1), ElementsAre(1, 3));
  EXPECT_THAT(group_of(plan, GroupKind::data, 1), ElementsAre(1, 5));
  EXPECT_THAT(group_of(plan, GroupKind::data_context, 1), ElementsAre(1, 3, 5, 7));
}

TEST(RankLayout, TakesExpertRanksFromContextAndData) {
  const ParallelPlan plan{.data = 2, .tensor = 2, .pipeline = 2, .context = 2, .expert = 4};
  EXPECT_THAT(group_of(plan, GroupKind::expert, 9), ElementsAre(9, 11, 13, 15));
  EXPECT_THAT(group_of(plan, GroupKind::expert_tensor, 9), ElementsAre(8, 9));
  EXPECT_THAT(group_of(plan, GroupKind::expert_data, 9), ElementsAre(9));
}

TEST(RankLayout, FoldsTensorRanksIntoExpertRanksWhereExpertsAreWhole) {
  const ParallelPlan plan{.data = 4, .tensor = 2, .expert = 4, .expert_tensor = 1};
  EXPECT_THAT(group_of(plan, GroupKind::expert, 6), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(group_of(plan, GroupKind::expert_data, 6), ElementsAre(2, 6));
}

TEST(RankLayout, FollowsTheOrderOfThePlan) {
  ParallelPlan plan{.data = 2, .tensor = 2, .pipeline = 2};
  plan.order = axis_order_from("pp-tp-dp", "");
  EXPECT_THAT(group_of(plan, GroupKind::pipeline, 3), ElementsAre(2, 3));
  EXPECT_THAT(group_of(plan, GroupKind::tensor, 3), ElementsAre(1, 3));
  EXPECT_THAT(group_of(plan, GroupKind::data, 3), ElementsAre(3, 7));
}

TEST(RankLayout, ShardsAmongNeighboursInHybridSharding) {
  const ParallelPlan plan{.data = 8, .zero = 3, .shard_ranks = 4};
  EXPECT_THAT(group_of(plan, GroupKind::shard, 5), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(group_of(plan, GroupKind::replica, 5), ElementsAre(1, 5));
}

TEST(AxisOrder, IsReadInWordsAndInMegatronsLetters) {
  EXPECT_EQ(axis_order_from("tp-cp-ep-dp-pp", ""), usual_order);
  EXPECT_EQ(to_text(axis_order_from("tensor-pipeline", "")), "tensor-pipeline-context-expert-data");
  EXPECT_THROW(axis_order_from("tensor-tensor", ""), InputError);
  EXPECT_THROW(axis_order_from("tensor-model", ""), InputError);
  EXPECT_THROW(axis_order_from("", ""), InputError);
}

TEST(ParallelPlan, SharesLayersOutInOrder) {
  ParallelPlan plan{.pipeline = 2, .virtual_stages = 2};
  EXPECT_EQ(layers_of_chunk(plan, 8, 2), (LayerRange{.first = 4, .count = 2}));
  plan.stage_layers = {1, 3, 3, 1};
  EXPECT_EQ(layers_of_chunk(plan, 8, 2), (LayerRange{.first = 4, .count = 3}));
  EXPECT_THAT(chunks_of_stage(plan, 0), ElementsAre(0, 2));
  plan.route = ChunkRoute::there_and_back;
  EXPECT_THAT(chunks_of_stage(plan, 0), ElementsAre(0, 3));
}

}  // namespace
}  // namespace lockstep::workloads
