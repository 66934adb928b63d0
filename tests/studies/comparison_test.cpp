#include "studies/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/studies/scenarios.hpp"

namespace lockstep::studies {
namespace {

using testing::jitter;
using testing::pipeline;

Comparison compared(const Json& before, const Json& after, std::uint32_t replicas = 40) {
  return compare({.document = before, .source = testing::no_file()}, {.document = after, .source = testing::no_file()},
                 {.replicas = replicas, .jobs = 2});
}

const Json slow = {{"kind", "slow_devices"}, {"devices", {1}}, {"factor", 1.1}};

TEST(Comparison, OfAScenarioWithItselfFindsNothing) {
  const Comparison same = compared(pipeline({jitter}), pipeline({jitter}), 10);
  const HeadlineDifference& time = *same.find("time_s");
  EXPECT_EQ(time.difference.min, 0);
  EXPECT_EQ(time.difference.max, 0);
  EXPECT_EQ(time.ratio, 1);
  EXPECT_FALSE(time.replicas_saved);
  EXPECT_EQ(same.find("mfu"), nullptr);
}

TEST(Comparison, HoldsEachReplicaAgainstItsLike) {
  const Comparison found = compared(pipeline({jitter}), pipeline({jitter, slow}));
  const HeadlineDifference& time = *found.find("time_s");
  EXPECT_EQ(time.difference.count, 40U);
  EXPECT_NEAR(time.difference.mean, time.mean_after - time.mean_before, 1e-12);
  EXPECT_NEAR(*time.ratio, time.mean_after / time.mean_before, 1e-12);
  EXPECT_EQ(time.difference.min, [&] {
    double least = 1;
    for (std::size_t i = 0; i < 40; ++i) {
      least = std::min(least, found.after.sample("time_s")[i] - found.before.sample("time_s")[i]);
    }
    return least;
  }());
}

// The slow stage costs eight times a tenth of 30 ms, about; what varies in both is several times that of the
// difference.
TEST(Comparison, WithCommonDrawsKnowsDifferencesBetter) {
  const Comparison common = compared(pipeline({jitter}), pipeline({jitter, slow}));
  Json others = pipeline({jitter, slow});
  others["run"]["seed"] = 2;
  const Comparison independent = compared(pipeline({jitter}), others);
  const Summary& narrow = common.find("time_s")->difference;
  const Summary& wide = independent.find("time_s")->difference;
  EXPECT_GT(narrow.ci95->low, 0);
  EXPECT_LT(*narrow.stddev, *wide.stddev / 2);
  EXPECT_GT(*common.find("time_s")->replicas_saved, 4);
  EXPECT_NEAR(*independent.find("time_s")->replicas_saved, 1, 0.6);
  EXPECT_NEAR(narrow.mean, wide.mean, wide.ci95->high - wide.mean + narrow.ci95->high - narrow.mean);
}

TEST(Comparison, HoldsOneRunAgainstAllWhereNothingIsRandom) {
  const Comparison found = compared(pipeline({}), pipeline({jitter}));
  const HeadlineDifference& time = *found.find("time_s");
  EXPECT_EQ(found.before.rows.size(), 1U);
  EXPECT_EQ(time.difference.count, 40U);
  EXPECT_GT(time.difference.ci95->low, 0);  // a pipeline waits for the slower of two, so jitter costs time
  EXPECT_NEAR(*time.difference.stddev, *summary_of(found.after.sample("time_s")).stddev, 1e-12);
  const Comparison sure = compared(pipeline({}), pipeline({slow}));
  const Summary& difference = sure.find("time_s")->difference;
  EXPECT_GT(difference.mean, 0);
  EXPECT_EQ(difference.ci95->low, difference.mean);
}

}  // namespace
}  // namespace lockstep::studies
