#include <gtest/gtest.h>

#include "tests/workloads/schedules/automatic/random_searches.hpp"
#include "workloads/schedules/automatic/automatic.hpp"
#include "workloads/schedules/check_schedule.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::workloads {
namespace {

struct BestHandcrafted {
  Seconds makespan = Seconds(std::numeric_limits<double>::infinity());
  std::string name;
};

BestHandcrafted best_handcrafted(const ScheduleShape& shape, const DeviceShares& shares, const ActivationLimit& limit) {
  BestHandcrafted best;
  Recurrence recurrence;
  for (const auto& entry : schedules()) {
    if (entry.name == "auto") continue;
    try {
      const Schedule schedule = make_schedule(std::string(entry.name), shape);
      if (!fits(schedule, limit)) continue;
      const auto makespan = recurrence.evaluate(schedule, shares.times(schedule));
      if (makespan && *makespan < best.makespan) best = {*makespan, std::string(entry.name)};
    } catch (const InputError&) {
      // It does not come in this shape.
    }
  }
  return best;
}

constexpr int parts = 10;
constexpr std::uint64_t cases_of_part = 50;

class AutomaticScheduleOfRandomCases : public testing::TestWithParam<int> {};

TEST_P(AutomaticScheduleOfRandomCases, IsValidFitsAndIsNoWorseThanTheBestHandcraftedThatFits) {
  for (std::uint64_t i = 0; i < cases_of_part; ++i) {
    RandomStream random(static_cast<std::uint64_t>(GetParam()), "tests/automatic_schedule", {i});
    ScheduleShape shape;
    shape.stages = static_cast<std::uint32_t>(2 + random.below(7));
    shape.microbatches = static_cast<std::uint32_t>(1 + random.below(32));
    shape.virtual_stages = static_cast<std::uint32_t>(1 + random.below(3));
    const DeviceShares shares = random_shares(shape, random);
    ScheduleSearch search;
    search.times = [&](const Schedule& schedule) { return shares.times(schedule); };
    search.limit = random_limit(shape, random);
    search.seed = i;
    search.budget = 200;
    SCOPED_TRACE("case " + std::to_string(i) + ": " + std::to_string(shape.stages) + " stages, " +
                 std::to_string(shape.microbatches) + " microbatches, " + std::to_string(shape.virtual_stages) +
                 " chunks, room for " + std::to_string(search.limit.most));
    const FoundSchedule found = find_schedule(shape, search);
    ASSERT_NO_THROW(check_schedule(found.schedule, "auto"));
    EXPECT_TRUE(fits(found.schedule, search.limit));
    EXPECT_EQ(found.schedule.microbatches, shape.microbatches);
    Recurrence recurrence;
    EXPECT_EQ(recurrence.evaluate(found.schedule, shares.times(found.schedule)), found.makespan);
    const BestHandcrafted best = best_handcrafted(shape, shares, search.limit);
    EXPECT_LE(found.makespan, best.makespan * (1 + 1e-9)) << best.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, AutomaticScheduleOfRandomCases, testing::Range(0, parts));

}  // namespace
}  // namespace lockstep::workloads
