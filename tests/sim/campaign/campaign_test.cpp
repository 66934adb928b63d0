// Campaigns that can be reckoned by hand: lifetimes are constant, and so nothing is random.
#include "sim/campaign/campaign.hpp"

#include <gtest/gtest.h>

#include "tests/sim/campaign/campaigns.hpp"

namespace lockstep::sim {
namespace {

constexpr double exact = 1e-9;

FailureCause failing_every(double seconds, FailureScope scope = FailureScope::job) {
  return {.name = "cause", .scope = scope, .lifetime = Distribution::constant(seconds)};
}

CampaignRecord run(CampaignSpec spec, StatedSteps steps, const CampaignGoal& goal,
                   const CampaignGround& ground = one_node()) {
  spec.settle_causes();
  return run_campaign(spec, ground, goal, steps, {});
}

TEST(Campaign, WithoutFailuresIsStepsAndCheckpoints) {
  const CampaignRecord record =
      run({.checkpoint = every(Seconds(10))}, StatedSteps(Seconds(2), Seconds(1)), {.steps = 20});
  EXPECT_EQ(record.steps, 20);
  EXPECT_EQ(record.checkpoints, 4);  // the last at the end
  EXPECT_NEAR(record.time.productive.si(), 40, exact);
  EXPECT_NEAR(record.time.checkpoint.si(), 4, exact);
  EXPECT_NEAR(record.time.total().si(), 44, exact);
  EXPECT_NEAR(record.mean_interval.si(), 10, exact);
}

TEST(Campaign, ChecksInAtTheStepThatEndsNearest) {
  const CampaignRecord record = run({.checkpoint = every(Seconds(11))}, StatedSteps(Seconds(4)), {.steps = 12});
  EXPECT_NEAR(record.mean_interval.si(), 12, exact);
  EXPECT_EQ(record.checkpoints, 4);
}

// 10 s of work and 1 s of writing, again and again; what fails at 25 s takes 3 s of work with it, and 4 s to restart.
TEST(Campaign, AFailureUndoesWhatIsNotSaved) {
  FailureCause cause = failing_every(25);
  cause.restart = Distribution::constant(4);
  const CampaignRecord record =
      run({.causes = {cause}, .checkpoint = every(Seconds(10))}, StatedSteps(Seconds(2), Seconds(1)), {.steps = 15});
  EXPECT_EQ(record.failures, 1);
  EXPECT_NEAR(record.time.productive.si(), 30, exact);
  EXPECT_NEAR(record.time.checkpoint.si(), 3, exact);
  EXPECT_NEAR(record.time.lost.si(), 3, exact);
  EXPECT_NEAR(record.time.restart.si(), 4, exact);
  EXPECT_NEAR(record.causes[0].lost.si(), 7, exact);
}

// Done just before it fails at the edge, and not done just after.
TEST(Campaign, AWriteCountsWhenItIsOver) {
  const auto lost_if_failing_at = [&](double time) {
    FailureCause cause = failing_every(time);
    cause.restart = Distribution::constant(1000);
    cause.restart_can_fail = false;
    return run({.causes = {cause}, .checkpoint = every(Seconds(10))}, StatedSteps(Seconds(2), Seconds(1)),
               {.time = Seconds(500)})
        .time.lost.si();
  };
  EXPECT_NEAR(lost_if_failing_at(11 - 1e-6), 11 - 1e-6, exact);
  EXPECT_NEAR(lost_if_failing_at(11 + 1e-6), 1e-6, exact);
}

TEST(Campaign, PhasesOfRecoveryFollowEachOther) {
  FailureCause cause = failing_every(5);
  cause.detect = Distribution::constant(1);
  cause.repair = Distribution::constant(2);
  cause.restart = Distribution::constant(3);
  cause.rewarm = Distribution::constant(7);
  cause.restart_can_fail = false;
  const CampaignRecord record = run({.causes = {cause}, .checkpoint = every(Seconds(100))},
                                    StatedSteps(Seconds(1), Seconds(1), Seconds(4)), {.time = Seconds(22)});
  EXPECT_NEAR(record.time.lost.si(), 5, exact);
  EXPECT_NEAR(record.time.detect.si(), 1, exact);
  EXPECT_NEAR(record.time.waiting.si(), 2, exact);
  EXPECT_NEAR(record.time.restart.si(), 3, exact);
  EXPECT_NEAR(record.time.load.si(), 4, exact);
  EXPECT_NEAR(record.time.rewarm.si(), 7, exact);
  EXPECT_NEAR(record.time.total().si(), 22, exact);
}

TEST(Campaign, ARestartMayFailToo) {
  FailureCause cause = failing_every(6);
  cause.restart = Distribution::constant(4);
  // It fails at 6; runs again at 10, and has 2 s left before it fails at 12.
  const CampaignSpec spec{.causes = {cause}, .checkpoint = every(Seconds(100))};
  const CampaignRecord record = run(spec, StatedSteps(Seconds(2), Seconds(1)), {.time = Seconds(17)});
  EXPECT_EQ(record.failures, 2);
  EXPECT_NEAR(record.time.lost.si(), 8, exact);
  EXPECT_NEAR(record.time.restart.si(), 8, exact);
}

// Whatever is lost before the first checkpoint is lost again and again.
TEST(Campaign, ThatNeverEndsSaysSo) {
  const CampaignRecord record =
      run({.causes = {failing_every(5)}, .checkpoint = every(Seconds(10))}, StatedSteps(Seconds(1)), {.steps = 100});
  EXPECT_FALSE(record.is_finished);
  EXPECT_NE(record.reason.find("nothing more is saved"), std::string::npos) << record.reason;
}

TEST(Campaign, ASpareNodeTakesOver) {
  FailureCause cause = failing_every(10, FailureScope::node);
  cause.restart = Distribution::constant(1);
  CampaignSpec spec{.causes = {cause}, .checkpoint = every(Seconds(5)), .spares = 2, .swap = Seconds(3)};
  // Each node lives for 10 s of the job's time, 4 of which the second spends on taking over.
  const CampaignRecord record = run(spec, StatedSteps(Seconds(1)), {.steps = 15});
  EXPECT_TRUE(record.is_finished);
  EXPECT_EQ(record.failures, 1);
  EXPECT_NEAR(record.time.restart.si(), 4, exact);
  // The third failure finds no node any more.
  const CampaignRecord endless = run(spec, StatedSteps(Seconds(1)), {.steps = 1000});
  EXPECT_FALSE(endless.is_finished);
  EXPECT_EQ(endless.failures, 3);
  EXPECT_NE(endless.reason.find("no spares left"), std::string::npos) << endless.reason;
}

TEST(Campaign, WaitsForRepairWithoutSpares) {
  FailureCause cause = failing_every(10, FailureScope::node);
  cause.repair = Distribution::constant(50);
  const CampaignRecord record =
      run({.causes = {cause}, .checkpoint = every(Seconds(5))}, StatedSteps(Seconds(1)), {.steps = 15});
  EXPECT_TRUE(record.is_finished);
  EXPECT_NEAR(record.time.waiting.si(), 50, exact);
  EXPECT_NEAR(record.time.total().si(), 65, exact);
}

// Two nodes of one rack go at once, and two spare ones take their places.
TEST(Campaign, ARackTakesItsNodesWithIt) {
  FailureCause cause = failing_every(10, FailureScope::rack);
  CampaignGround ground = nodes(4);
  ground.rack_of_place = {0, 0, 1, 1};
  CampaignSpec spec{.causes = {cause}, .checkpoint = every(Seconds(1)), .spares = 4};
  // Both racks fail at 10 s.
  EXPECT_TRUE(run(spec, StatedSteps(Seconds(1)), {.steps = 15}, ground).is_finished);
  spec.spares = 3;
  const CampaignRecord record = run(spec, StatedSteps(Seconds(1)), {.steps = 15}, ground);
  EXPECT_FALSE(record.is_finished);
  EXPECT_NE(record.reason.find("1 of 4 nodes"), std::string::npos) << record.reason;
}

// On 3 of 4 replicas a step counts for three quarters, until the fourth is back.
TEST(Campaign, GoesOnWithFewerReplicas) {
  FailureCause cause = failing_every(8, FailureScope::rack);
  cause.repair = Distribution::constant(11);
  CampaignGround ground = nodes(4);
  ground.rack_of_place = {0, 1, 1, 1};
  StatedSteps steps(Seconds(1));
  steps.fewer = Seconds(2);
  const CampaignSpec both{.causes = {cause}, .checkpoint = every(Seconds(4)), .least_replicas = 1};
  // Both racks are gone at 8 s: all replicas, which is less than one.
  EXPECT_NEAR(run(both, steps, {.time = Seconds(18)}, ground).time.waiting.si(), 10, exact);
  ground.rack_of_place = {0, 0, 0, 0};
  ground.replicas_of_place = {{0}, {0}, {0}, {0}};
  const CampaignRecord record = run(both, steps, {.steps = 14}, ground);
  // One replica of four is gone from 8 s on: steps of 2 s, each of which does 0.75. It is back at 19 s, which is seen
  // when the write after 12 s of them is done; nothing has failed again by then.
  EXPECT_EQ(record.failures, 1);
  EXPECT_NEAR(record.on_fewer.si(), 12 - 4 * 1e-12, 1e-6);
}

// A write of 3 s runs beside steps of 1.5 s instead of 1 s; a failure before its end goes back to the one before.
TEST(Campaign, AsynchronousWritesCountWhenTheyAreOver) {
  CheckpointRule rule = every(Seconds(4));
  rule.is_asynchronous = true;
  rule.snapshot = Seconds(0.5);
  StatedSteps steps(Seconds(1), Seconds(3));
  steps.slower = Seconds(1.5);
  const CampaignRecord well = run({.checkpoint = rule}, steps, {.steps = 8});
  // 4 steps, a snapshot, 2 slow steps and a usual one, a snapshot, 1 slow one; then what is left of the write, a
  // snapshot, and the last write, which nothing runs beside.
  EXPECT_NEAR(well.time.productive.si(), 4 + 2 * 1.5 + 1 + 1.5, exact);
  EXPECT_NEAR(well.time.checkpoint.si(), 0.5 + 0.5 + 1.5 + 0.5 + 3, exact);
  EXPECT_EQ(well.checkpoints, 3);
  for (const auto& [time, lost] : {std::pair(7.4, 7.4 - 0.5), std::pair(7.6, 0.1)}) {
    FailureCause cause = failing_every(time);
    cause.restart = Distribution::constant(1000);
    const CampaignRecord record = run({.causes = {cause}, .checkpoint = rule}, steps, {.time = Seconds(100)});
    EXPECT_NEAR(record.time.lost.si(), lost + (time > 7.5 ? 3 : 0), exact) << time;
  }
}

TEST(Campaign, CopiesInMemoryOutliveAllButNeighbours) {
  CheckpointRule rule = every(Seconds(1000));
  rule.memory = MemoryCopies{.interval = Seconds(2), .write = Seconds(0), .load = Seconds(5)};
  FailureCause cause = failing_every(7.5, FailureScope::rack);
  CampaignGround ground = nodes(4);
  const auto lost = [&](std::vector<std::uint32_t> racks) {
    ground.rack_of_place = std::move(racks);
    const CampaignSpec spec{.causes = {cause}, .checkpoint = rule, .spares = 8};
    // Only what happens up to the first load.
    return run(spec, StatedSteps(Seconds(1), Seconds(1), Seconds(50)), {.time = Seconds(10)}, ground).time;
  };
  EXPECT_NEAR(lost({0, 0, 0, 0}).lost.si(), 7.5, exact);  // the copies are gone too
  EXPECT_NEAR(lost({0, 0, 0, 0}).load.si(), 2.5, exact);
}

TEST(Campaign, NoticeLeavesTimeToSave) {
  FailureCause cause = failing_every(7.25);
  cause.is_outage = true;
  cause.repair = Distribution::constant(20);
  const auto lost = [&](double notice) {
    cause.notice = Seconds(notice);
    return run({.causes = {cause}, .checkpoint = every(Seconds(100))}, StatedSteps(Seconds(1), Seconds(2)),
               {.time = Seconds(25)})
        .time;
  };
  EXPECT_NEAR(lost(1).lost.si(), 8.25, exact);    // too short for a write
  EXPECT_NEAR(lost(2.5).lost.si(), 0.25, exact);  // the step is given up, and the rest saved
  EXPECT_NEAR(lost(3).lost.si(), 0, exact);       // the step is finished first
  EXPECT_NEAR(lost(3).productive.si(), 8, exact);
  EXPECT_NEAR(lost(3).checkpoint.si(), 2, exact);
  EXPECT_NEAR(lost(3).waiting.si(), 25 - 10, exact);
}

// Nothing interrupts the start, but what breaks meanwhile is missing when the job would run.
TEST(Campaign, MakesGoodWhatBreaksDuringASafeStart) {
  FailureCause crash = failing_every(10);
  crash.restart = Distribution::constant(20);
  crash.restart_can_fail = false;
  FailureCause node = failing_every(15, FailureScope::node);
  node.name = "node";
  node.ages_idle = true;
  node.repair = Distribution::constant(100);
  const CampaignRecord record =
      run({.causes = {crash, node}, .checkpoint = every(Seconds(5))}, StatedSteps(Seconds(1)), {.time = Seconds(120)});
  EXPECT_TRUE(record.is_finished);
  // Gone at 15 s, back at 115 s: from the end of the start at 30 s the job waits.
  EXPECT_NEAR(record.time.waiting.si(), 85, exact);
}

// What was copied to nodes that are all given away is gone.
TEST(Campaign, OutagesTakeCopiesWithThem) {
  CheckpointRule rule = every(Seconds(1000));
  rule.memory = MemoryCopies{.interval = Seconds(2), .write = Seconds(0), .load = Seconds(1)};
  FailureCause cause = failing_every(7.5);
  const auto lost = [&](bool is_outage) {
    cause.is_outage = is_outage;
    cause.repair = Distribution::constant(100);
    return run({.causes = {cause}, .checkpoint = rule}, StatedSteps(Seconds(1), Seconds(1)), {.time = Seconds(50)},
               nodes(4))
        .time.lost.si();
  };
  EXPECT_NEAR(lost(false), 1.5, exact);
  EXPECT_NEAR(lost(true), 7.5, exact);
}

// A node that is back rejoins after an asynchronous checkpoint too, once that is written.
TEST(Campaign, RegrowsBesideAsynchronousWrites) {
  FailureCause cause = failing_every(60, FailureScope::rack);
  cause.repair = Distribution::constant(11);
  CampaignGround ground = nodes(4);
  ground.rack_of_place = {0, 0, 0, 0};
  ground.replicas_of_place = {{0}, {0}, {0}, {0}};
  StatedSteps steps(Seconds(1), Seconds(1));
  steps.fewer = Seconds(2);
  steps.slower = Seconds(2);
  CheckpointRule rule = every(Seconds(4));
  rule.is_asynchronous = true;
  const CampaignRecord record =
      run({.causes = {cause}, .checkpoint = rule, .least_replicas = 1}, steps, {.time = Seconds(100)}, ground);
  // From 60 s to the first checkpoint that is written after 71 s; else it would be for 40 s.
  EXPECT_GE(record.on_fewer.si(), 10);
  EXPECT_LE(record.on_fewer.si(), 20);
}

TEST(Campaign, EndsAtItsTime) {
  const CampaignRecord record = run({}, StatedSteps(Seconds(3)), {.time = Seconds(100)});
  EXPECT_EQ(record.steps, 33);
  EXPECT_NEAR(record.time.unfinished.si(), 1, exact);
  EXPECT_NEAR(record.time.total().si(), 100, exact);
}

}  // namespace
}  // namespace lockstep::sim
