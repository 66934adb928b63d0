// Campaigns held against what is known of them: expectations by the rule of four standard errors, and accounts that
// always add up.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json_fields.hpp"
#include "base/random_stream.hpp"

#include "sim/campaign/checkpoint_interval.hpp"
#include "tests/sim/campaign/campaigns.hpp"

namespace lockstep::sim {
namespace {

Distribution exponential(double mean) {
  const Json stated = {{"x", {{"distribution", "exponential"}, {"mean", mean}}}};
  return read_distribution(JsonFields(stated, ""), "x", Dimension::factor);
}

struct Sample {
  double mean = 0;
  double error = 0;  // of the mean
};
template <class Draw>
Sample sample(std::uint64_t count, Draw draw) {
  double sum = 0;
  double squares = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(draw(i));
    sum += value;
    squares += value * value;
  }
  const auto n = static_cast<double>(count);
  return {sum / n, std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)) / n)};
}

// R02: the expected time from checkpoint to checkpoint (Daly 2006), with restarts that fail and those that do not.
struct Segment {
  double work, write, restart, mtbf, downtime, may_fail, is_safe;
};
class SegmentTime : public testing::TestWithParam<Segment> {};
TEST_P(SegmentTime, IsWhatTheFormSays) {
  const Segment& segment = GetParam();
  for (const bool may_fail : {true, false}) {
    FailureCause cause{.name = "cause", .lifetime = exponential(segment.mtbf)};
    cause.repair = Distribution::constant(segment.downtime);
    cause.restart = Distribution::constant(segment.restart);
    cause.restart_can_fail = may_fail;
    CampaignSpec spec{.causes = {cause}, .checkpoint = every(Seconds(segment.work))};
    spec.settle_causes();
    constexpr double segments = 50;
    const Sample times = sample(400, [&](std::uint64_t replica) {
      StatedSteps steps(Seconds(segment.work / 20), Seconds(segment.write));
      return run_campaign(spec, one_node(), {.steps = 20 * segments}, steps, {.seed = 5, .replica = replica})
                 .time.total()
                 .si() /
             segments;
    });
    const double expected = may_fail ? segment.may_fail : segment.is_safe;
    EXPECT_NEAR(times.mean, expected, 4 * times.error) << may_fail;
    EXPECT_LT(times.error, 0.01 * expected);
  }
}
INSTANTIATE_TEST_SUITE_P(R02, SegmentTime,
                         testing::Values(Segment{600, 60, 120, 3600, 0, 748.9257945657336, 748.5188561225985},
                                         Segment{100, 10, 20, 150, 0, 185.4505377166368, 183.94154429333744},
                                         Segment{900, 5, 600, 7200, 60, 1056.8758363322504, 1052.7340911803126}));

// R03.
TEST(CheckpointInterval, IsTheRootThatTheFormNames) {
  struct Case {
    double write, mtbf, exact, young, daly;
  };
  for (const auto& [write, mtbf, exact, young, daly] :
       {Case{60, 3600, 617.8906250085281, 657.2670690061993, 617.8756496256495},
        Case{5, 36000, 596.6713065952041, 600.0, 596.6712962962963},
        Case{30, 10000, 754.7271083433383, 774.5966692414834, 754.725768686357}}) {
    EXPECT_NEAR(exact_interval(Seconds(mtbf), Seconds(write)).si(), exact, 1e-7 * exact);
    EXPECT_NEAR(young_interval(Seconds(mtbf), Seconds(write)).si(), young, 1e-12 * young);
    EXPECT_NEAR(daly_interval(Seconds(mtbf), Seconds(write)).si(), daly, 1e-12 * daly);
  }
  EXPECT_EQ(exact_interval(Seconds(7), Seconds(700)).si(), 7);
  for (const double share : {1e-12, 1e-6, 1e-3, 0.1, 1.0, 10.0}) {
    const double x = exact_interval(Seconds(1), Seconds(share)).si();
    EXPECT_NEAR((1 - x) * std::exp(x + share), 1, 1e-5) << share;  // where the derivative of the time is 0
  }
}

// R05 without repair: the job gets through as long as there are no more failures than spare nodes.
TEST(Campaign, GetsThroughAsOftenAsPoissonSays) {
  FailureCause cause{.name = "node", .scope = FailureScope::node, .lifetime = exponential(2000)};
  CampaignSpec spec{.causes = {cause}, .checkpoint = every(Seconds(1)), .spares = 2};
  spec.settle_causes();
  const Sample finished = sample(4000, [&](std::uint64_t replica) {
    StatedSteps steps(Seconds(1));
    return run_campaign(spec, nodes(32), {.time = Seconds(100)}, steps, {.seed = 2, .replica = replica}).is_finished;
  });
  EXPECT_NEAR(finished.mean, 0.783358489819263, 4 * finished.error);
}

// R01: rates add up.
TEST(Campaign, FailsAsOftenAsTheRatesOfItsPartsTogether) {
  CampaignGround ground = nodes(32);
  ground.devices_of_node = 8;
  FailureCause device{.name = "device", .scope = FailureScope::device, .lifetime = exponential(50'000)};
  FailureCause node{.name = "node", .scope = FailureScope::node, .lifetime = exponential(10'000)};
  CampaignSpec spec{.causes = {device, node}};
  spec.settle_causes();
  const double mtbf = 1 / (32 * (8 / 50'000. + 1 / 10'000.));
  const Sample failures = sample(2000, [&](std::uint64_t replica) {
    StatedSteps steps(Seconds(1));
    return run_campaign(spec, ground, {.time = Seconds(500)}, steps, {.seed = 3, .replica = replica}).failures;
  });
  EXPECT_NEAR(failures.mean, 500 / mtbf, 4 * failures.error);
}

// Whatever happens, every second is accounted for, and what is lost has a cause.
TEST(Campaign, AccountsAddUp) {
  RandomStream draws(1, "campaigns");
  for (std::uint64_t i = 0; i < 300; ++i) {
    CampaignGround ground = nodes(1 + static_cast<std::uint32_t>(draws.below(6)));
    for (std::uint32_t& rack : ground.rack_of_place) rack /= 2;
    CampaignSpec spec{.checkpoint = every(Seconds(5 + 20 * draws.uniform()))};
    spec.checkpoint->is_asynchronous = draws.below(2) == 0;
    if (spec.checkpoint->is_asynchronous) spec.checkpoint->snapshot = Seconds(0.3);
    if (draws.below(2) == 0) spec.checkpoint->memory = MemoryCopies{Seconds(3), Seconds(0.2), Seconds(1)};
    spec.spares = static_cast<std::uint32_t>(draws.below(4));
    spec.spares_age = draws.below(2) == 0;
    if (draws.below(2) == 0) spec.least_replicas = 1;
    for (const FailureScope scope : {FailureScope::job, FailureScope::node, FailureScope::rack}) {
      FailureCause cause{.name = to_text(scope), .scope = scope, .lifetime = exponential(30 + 300 * draws.uniform())};
      cause.ages_idle = draws.below(2) == 0;
      cause.notice = Seconds(draws.below(2) == 0 ? 3 : 0);
      cause.repair = exponential(20);
      cause.detect = Distribution::constant(draws.uniform());
      cause.restart = Distribution::constant(3 * draws.uniform());
      spec.causes.push_back(cause);
    }
    spec.settle_causes();
    StatedSteps steps(Seconds(0.5 + draws.uniform()), Seconds(2), Seconds(1));
    const CampaignRecord record = run_campaign(spec, ground, {.time = Seconds(2000)}, steps, {.seed = i, .replica = 0});
    EXPECT_TRUE(record.is_finished) << record.reason;
    EXPECT_NEAR(record.time.total().si(), 2000, 1e-6);
    Seconds lost;
    for (const CauseRecord& cause : record.causes) lost += cause.lost;
    const Seconds overhead = record.time.total() - record.time.productive - record.time.unfinished;
    EXPECT_LE(lost.si(), overhead.si() + 1e-6);
    EXPECT_GT(record.steps, 0);
    StatedSteps again = steps;
    EXPECT_EQ(run_campaign(spec, ground, {.time = Seconds(2000)}, again, {.seed = i, .replica = 0}).steps,
              record.steps);
  }
}

}  // namespace
}  // namespace lockstep::sim
