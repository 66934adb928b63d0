#include <gtest/gtest.h>

#include <algorithm>

#include "base/random_stream.hpp"
#include "workloads/plan/rank_layout.hpp"

namespace lockstep::workloads {
namespace {

// A plan that legality would pass for a model with experts, in an order in which the pipeline comes last.
ParallelPlan random_plan(RandomStream& random) {
  const auto draw = [&] { return std::uint32_t{1} << random.below(3); };
  ParallelPlan plan{.data = draw() * (1 + static_cast<std::uint32_t>(random.below(3))),
                    .tensor = draw(),
                    .pipeline = 1 + static_cast<std::uint32_t>(random.below(4)),
                    .context = draw()};
  plan.expert_tensor = random.below(2) == 0 ? 1 : plan.tensor;
  do {
    plan.expert = draw() * draw();
  } while (plan.ranks() % (std::uint64_t{*plan.expert_tensor} * plan.expert * plan.pipeline) != 0);
  if (random.below(2) == 0) {
    plan.zero = 1;
    do {
      plan.shard_ranks = 1 + static_cast<std::uint32_t>(random.below(plan.gradient_ranks()));
    } while (plan.gradient_ranks() % *plan.shard_ranks != 0);
  }
  for (std::size_t i = axis_count - 1; i > 1; --i) std::swap(plan.order[i - 1], plan.order[random.below(i)]);
  return plan;
}

std::uint64_t expected_size(const ParallelPlan& plan, GroupKind kind) {
  switch (kind) {
    case GroupKind::tensor:
      return plan.tensor;
    case GroupKind::context:
      return plan.context;
    case GroupKind::data:
      return plan.data;
    case GroupKind::data_context:
      return plan.gradient_ranks();
    case GroupKind::pipeline:
      return plan.pipeline;
    case GroupKind::expert:
      return plan.expert;
    case GroupKind::expert_tensor:
      return plan.tensor_of_experts();
    case GroupKind::expert_data:
      return plan.expert_gradient_ranks();
    case GroupKind::embedding:
      return std::min(plan.pipeline, 2U);
    case GroupKind::shard:
      return plan.sharding_ranks();
    case GroupKind::replica:
      return plan.gradient_ranks() / plan.sharding_ranks();
    case GroupKind::expert_shard:
      return plan.expert_sharding_ranks();
    case GroupKind::expert_replica:
      return plan.expert_gradient_ranks() / plan.expert_sharding_ranks();
    case GroupKind::mirror:
      return 2;
    case GroupKind::world:
      return plan.ranks();
  }
  return 0;
}

class RankLayoutProperty : public testing::Test {
 protected:
  template <class Check>
  void for_random_plans(Check check) {
    RandomStream random(11, "tests/rank_layout");
    for (int i = 0; i < 60; ++i) {
      const ParallelPlan plan = random_plan(random);
      SCOPED_TRACE(to_text(plan.order) + " d" + std::to_string(plan.data) + " t" + std::to_string(plan.tensor) + " p" +
                   std::to_string(plan.pipeline) + " c" + std::to_string(plan.context));
      check(plan, RankLayout(plan));
    }
  }
};

TEST_F(RankLayoutProperty, GroupsOfEachKindDivideTheRanksAmongThem) {
  for_random_plans([](const ParallelPlan& plan, const RankLayout& layout) {
    for (const GroupKind kind : group_kinds()) {
      std::vector<int> seen(plan.ranks(), 0);
      for (const auto& group : layout.groups(kind)) {
        // In the middle of an odd number of stages there is one that is its own mirror image.
        const bool is_middle = kind == GroupKind::mirror && group.size() == 1 && plan.pipeline % 2 == 1;
        EXPECT_TRUE(is_middle || group.size() == expected_size(plan, kind)) << to_text(kind);
        for (const RankId rank : group) {
          ++seen[rank.value()];
          EXPECT_EQ(layout.group(kind, rank), group) << to_text(kind);
        }
      }
      if (kind == GroupKind::embedding && plan.pipeline > 2) continue;
      EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; })) << to_text(kind);
    }
  });
}

TEST_F(RankLayoutProperty, CoordinatesNameExactlyOneRank) {
  for_random_plans([](const ParallelPlan& plan, const RankLayout& layout) {
    for (std::uint32_t rank = 0; rank < plan.ranks(); ++rank) {
      EXPECT_EQ(layout.rank_at(layout.coordinates(RankId(rank))), RankId(rank));
    }
  });
}

TEST_F(RankLayoutProperty, ExpertGroupsStayWithinTheirStage) {
  for_random_plans([](const ParallelPlan& plan, const RankLayout& layout) {
    for (std::uint32_t rank = 0; rank < plan.ranks(); ++rank) {
      const Coordinates own = layout.coordinates(RankId(rank));
      for (const GroupKind kind : {GroupKind::expert, GroupKind::expert_tensor, GroupKind::expert_data}) {
        for (const RankId other : layout.group(kind, RankId(rank))) {
          EXPECT_EQ(layout.coordinates(other).pipeline, own.pipeline);
        }
      }
      for (const RankId other : layout.group(GroupKind::expert_data, RankId(rank))) {
        EXPECT_EQ(layout.coordinates(other).expert, own.expert);
      }
    }
  });
}

}  // namespace
}  // namespace lockstep::workloads
