#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/studies/attribution/attributions.hpp"

namespace lockstep::studies {
namespace {

TEST(Attribution, OneSlowStageIsToBlameForAllOfTheLoss) {
  const Json disturbed = pipeline(4, 8, Json::array({slow_device(2, 1.5)}));
  const Attribution attribution = attribution_of(disturbed);
  EXPECT_EQ(attribution.time.si(), time_of(disturbed));
  EXPECT_EQ(attribution.ideal.si(), time_of(pipeline(4, 8)));
  // P05: what comes before the slow stage, its own work, and what drains after it less its last forward.
  EXPECT_NEAR(attribution.time.si(), 2 * 0.03 + 8 * 0.045 + (0.03 - 0.015), 1e-12);
  for (const auto& [kind, name] :
       {std::pair(SuspectKind::cause, "slow 2"), std::pair(SuspectKind::stage, "stage 2"),
        std::pair(SuspectKind::worker, "replica 0, stage 2"), std::pair(SuspectKind::device, "d2")}) {
    ASSERT_EQ(attribution.table(kind)->rows.size(), 1U) << name;
    const Blame& blame = blame_of(attribution, kind, name);
    EXPECT_EQ(blame.saved, attribution.lost()) << name;
    EXPECT_EQ(blame.alone, attribution.lost()) << name;
    // All its microbatches, but for the forward beside which the stage after it is busy.
    EXPECT_NEAR(blame.on_path.si(), 8 * 0.045 - 0.015, 1e-12) << name;
  }
}

TEST(Attribution, OfCausesInARowAddsUp) {
  // One microbatch passes the stages one after the other, and back.
  const Attribution attribution = attribution_of(pipeline(3, 1, {slow_device(0, 2), slow_device(2, 3)}));
  EXPECT_NEAR(blame_of(attribution, SuspectKind::cause, "slow 0").saved.si(), 0.03, 1e-12);
  EXPECT_NEAR(blame_of(attribution, SuspectKind::cause, "slow 2").saved.si(), 0.06, 1e-12);
  EXPECT_NEAR(blame_of(attribution, SuspectKind::cause, "slow 2").alone.si(), 0.06, 1e-12);
  EXPECT_NEAR((attribution.lost() - attribution.table(SuspectKind::cause)->saved_by_each()).si(), 0, 1e-12);
  EXPECT_EQ(attribution.table(SuspectKind::cause)->rows.front().suspect.name, "slow 2");
}

TEST(Attribution, OfCausesThatHideEachOtherIsInteraction) {
  const Json two = {slow_device(1, 2), slow_device(2, 2)};
  const Attribution attribution = attribution_of(pipeline(4, 16, two));
  const Seconds each = blame_of(attribution, SuspectKind::cause, "slow 2").saved;
  const Seconds alone = blame_of(attribution, SuspectKind::cause, "slow 1").alone;
  // With many microbatches the slowest stage decides: one that is healed leaves the other.
  EXPECT_LT(each.si(), 0.3 * alone.si());
  EXPECT_NEAR((attribution.lost() - alone).si(), each.si(), 1e-12);
}

TEST(Attribution, NamesReplicasWorkersAndLinks) {
  const Attribution attribution = attribution_of(training({slow_device(3, 4), bad_cable}));
  // Ranks count through tensor, then data, then pipeline: device 3 is of replica 1, stage 0.
  EXPECT_GT(blame_of(attribution, SuspectKind::replica, "replica 1").saved.si(), 0);
  EXPECT_EQ(blame_of(attribution, SuspectKind::replica, "replica 1").saved,
            blame_of(attribution, SuspectKind::device, "d3").saved);
  EXPECT_EQ(blame_of(attribution, SuspectKind::worker, "replica 1, stage 0").suspect.seat, (Seat{1, 0}));
  const BlameTable& links = *attribution.table(SuspectKind::link);
  ASSERT_EQ(links.rows.size(), 1U);
  EXPECT_EQ(links.rows.front().suspect.channels.size(), 2U);
  EXPECT_GT(links.rows.front().alone.si(), 0);
  EXPECT_EQ(links.rows.front().saved, blame_of(attribution, SuspectKind::cause, "slow_links").saved);
  EXPECT_GT(links.rows.front().on_path.si(), 0);
}

TEST(Attribution, OfWhatChangesNothingBlamesNobody) {
  EXPECT_TRUE(attribution_of(pipeline(2, 2)).tables.empty());
  const Attribution attribution = attribution_of(pipeline(2, 2, Json::array({slow_device(0, 1)})));
  EXPECT_TRUE(attribution.tables.empty());
  EXPECT_EQ(attribution.lost().si(), 0);
}

TEST(Attribution, OfHotExpertsIsACauseThatNoDeviceHas) {
  Json document = training(Json::array({Json{{"kind", "hot_experts"}, {"factor", 2}}}));
  document["workload"]["parallel"] = {{"data", 4}, {"expert", 4}, {"tensor", 2}};
  Json& model = document["workload"]["model"];
  model["experts"] = 8;
  model["active_experts_per_token"] = 2;
  model["ffn_per_expert"] = 1024;
  const Attribution hot = attribution_of(document);
  ASSERT_EQ(hot.tables.size(), 1U);
  EXPECT_GT(hot.lost().si(), 0);
  EXPECT_EQ(blame_of(hot, SuspectKind::cause, "hot_experts").saved, hot.lost());
  document["perturbations"].push_back(slow_device(3, 4));
  const Attribution both = attribution_of(document);
  const double alone = blame_of(both, SuspectKind::cause, "hot_experts").alone.si();
  EXPECT_NEAR(alone, hot.lost().si(), 1e-9 * alone) << "folded and whole differ by rounding";
  EXPECT_EQ(blame_of(both, SuspectKind::device, "d3").alone, blame_of(both, SuspectKind::cause, "slow 3").alone);
}

TEST(Attribution, LeavesOutWhatTheCriticalPathTouchesLeast) {
  const sim::Scenario scenario = read(training(Json::array({jitter})));
  const Attribution all = attribute(scenario, {.at_once = 2});
  const Attribution some = attribute(scenario, {.most_of_a_kind = 2, .at_once = 1});
  const BlameTable& devices = *some.table(SuspectKind::device);
  ASSERT_EQ(devices.rows.size(), 2U);
  EXPECT_EQ(devices.left_out, 6U);
  for (const Blame& blame : devices.rows) {
    EXPECT_GE(blame.on_path, devices.most_left_out);
    EXPECT_EQ(blame.saved, blame_of(all, SuspectKind::device, blame.suspect.name).saved);
  }
  EXPECT_LT(some.simulations, all.simulations);
}

TEST(Attribution, OfSeveralStepsIsThatOfTheMeanStep) {
  Json document = pipeline(3, 4, Json::array({slow_device(1, 1.5)}));
  document["run"] = {{"steps", 5}};
  const Attribution attribution = attribution_of(document);
  EXPECT_NEAR(attribution.time.si(), 0.03 + 4 * 0.045 + (0.03 - 0.015), 1e-12);
  EXPECT_NEAR(attribution.ideal.si(), 6 * 0.03, 1e-12);
  EXPECT_NEAR(blame_of(attribution, SuspectKind::device, "d1").on_path.si(), 4 * 0.045 - 0.015, 1e-12);
}

TEST(Attribution, WorksOnFluidNetworks) {
  const Attribution attribution = attribution_of(training({slow_device(3, 4), bad_cable}, "fluid"));
  EXPECT_GT(blame_of(attribution, SuspectKind::device, "d3").saved.si(), 0);
  EXPECT_NEAR(attribution.straggling.time / attribution.time, 1, 1e-12);
}

}  // namespace
}  // namespace lockstep::studies
