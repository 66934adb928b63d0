#include <gtest/gtest.h>

#include "tests/studies/attribution/attributions.hpp"

namespace lockstep::studies {
namespace {

Json with_last_stage(double scale) {
  Json document = pipeline(4, 8);
  document["workload"]["stage_scale"] = {1, 1, 1, scale};
  return document;
}

TEST(Straggling, OfAHeavyLastStageIsExplainedByIt) {
  const Straggling straggling = attribution_of(with_last_stage(2)).straggling;
  // The mean of three stages of 30 ms and one of 60 ms, M + P - 1 times.
  EXPECT_NEAR(straggling.ideal.si(), 11 * 0.0375, 1e-12);
  EXPECT_EQ(straggling.time.si(), time_of(with_last_stage(2)));
  EXPECT_NEAR(straggling.slowdown, straggling.time / straggling.ideal, 1e-15);
  const double without = time_of(with_last_stage(1.25));
  const double explained = (straggling.time.si() - without) / (straggling.time - straggling.ideal).si();
  EXPECT_NEAR(*straggling.of_last_stage, explained, 1e-12);
  EXPECT_NEAR(*straggling.of_slowest_workers, explained, 1e-12);
  ASSERT_EQ(straggling.slowest_workers.size(), 1U);
  EXPECT_EQ(straggling.slowest_workers.front().stage, 3U);
}

TEST(Straggling, OfATypeIsThatOfItsOwnWork) {
  Json document = pipeline(2, 4);
  document["workload"]["backward"] = {"10 ms", "30 ms"};
  const Straggling straggling = attribution_of(document).straggling;
  ASSERT_EQ(straggling.types.size(), 3U);
  EXPECT_EQ(straggling.types[0].type, "forward");
  EXPECT_NEAR(straggling.types[0].slowdown, 1, 1e-12);
  EXPECT_EQ(straggling.types[1].type, "backward");
  EXPECT_NEAR(straggling.types[1].slowdown, straggling.slowdown, 1e-12);
  EXPECT_EQ(straggling.types[2].type, "communication");
  EXPECT_NEAR(straggling.types[2].slowdown, 1, 1e-12);
}

TEST(Straggling, OfEqualWorkIsNone) {
  const Straggling straggling = attribution_of(pipeline(4, 8)).straggling;
  EXPECT_NEAR(straggling.slowdown, 1, 1e-12);
  EXPECT_FALSE(straggling.of_slowest_workers);
  for (const WorkerSlowdown& worker : straggling.workers) EXPECT_NEAR(worker.slowdown, 1, 1e-12);
}

TEST(Straggling, ReplaysTheRunThatItIsAbout) {
  // Jitter, a device that changes its speed, a bad cable, and computation that communication slows down.
  Json throttled = slow_device(5, 2);
  throttled["every"] = "300 us";
  throttled["lasts"] = "100 us";
  Json document = training({jitter, throttled, bad_cable});
  document["run"]["steps"] = 2;
  document["workload"]["overlap"] = {{"gradients", true}, {"compute_slowdown", 1.3}};
  const Attribution attribution = attribution_of(document);
  EXPECT_NEAR(attribution.straggling.time / attribution.time, 1, 1e-12);
  EXPECT_LT(attribution.straggling.ideal, attribution.straggling.time);
}

TEST(Straggling, SlowsDownWhereTheSlowWorkerIs) {
  const Straggling straggling = attribution_of(training(Json::array({slow_device(3, 3)}))).straggling;
  ASSERT_EQ(straggling.workers.size(), 4U);
  ASSERT_EQ(straggling.slowest_workers.size(), 1U);
  EXPECT_EQ(straggling.slowest_workers.front(), (Seat{1, 0}));
  EXPECT_GT(*straggling.of_slowest_workers, 0.9);
  EXPECT_LT(*straggling.of_last_stage, 0.5);
}

TEST(Straggling, OfLinksIsThatOfCommunication) {
  const Straggling straggling = attribution_of(training(Json::array({bad_cable}))).straggling;
  EXPECT_EQ(straggling.types.back().type, "communication");
  EXPECT_GT(straggling.types.back().slowdown, 1.01);
}

}  // namespace
}  // namespace lockstep::studies
