#include "validation/solvers/reliability.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/special_functions/lambert_w.hpp>
#include <cmath>

#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

struct Worked {
  double write, mtbf, exact, young, daly;
};

// R03, from an independent search for the minimum.
TEST(Reliability, GivesTheExactOptimumYoungAndDaly) {
  for (const Worked& worked : {Worked{60, 3600, 617.8906250085281, 657.2670690061993, 617.8756496256495},
                               Worked{5, 36000, 596.6713065952041, 600.0, 596.6712962962963},
                               Worked{30, 10000, 754.7271083433383, 774.5966692414834, 754.725768686357}}) {
    const CheckpointPolicy policy{Seconds(worked.mtbf), Seconds(worked.write)};
    EXPECT_NEAR(exact_interval(policy).si(), worked.exact, 1e-7 * worked.exact);
    EXPECT_NEAR(young_interval(policy).si(), worked.young, 1e-12 * worked.young);
    EXPECT_NEAR(daly_interval(policy).si(), worked.daly, 1e-12 * worked.daly);
  }
}

// As R03 is written, with Lambert's function; near its branch point that has lost half of the digits.
TEST(Reliability, TheExactOptimumIsThatOfLambertsFunction) {
  for (const double share : {1e-6, 1e-4, 1e-3, 0.02, 0.3, 1.0, 5.0}) {
    const double lambert = 1 + boost::math::lambert_w0(-std::exp(-share - 1));
    const double tolerance = 1e-15 / std::min(share, 0.1);
    EXPECT_NEAR(exact_interval({Seconds(1), Seconds(share)}).si() / lambert, 1, tolerance) << share;
  }
}

// R02, whose values a Monte Carlo simulation of failures and restarts confirms.
TEST(Reliability, ExpectsTheTimeOfASegment) {
  const CheckpointPolicy policy{Seconds(3600), Seconds(60), Seconds(120)};
  EXPECT_NEAR(expected_segment(policy, Seconds(600), Restart::may_fail).si(), 748.9257945657336, 1e-9);
  EXPECT_NEAR(expected_segment(policy, Seconds(600), Restart::is_safe).si(), 748.5188561225985, 1e-9);
  const CheckpointPolicy repaired{Seconds(7200), Seconds(5), Seconds(600), Seconds(60)};
  EXPECT_NEAR(expected_segment(repaired, Seconds(900), Restart::may_fail).si(), 1056.8758363322504, 1e-9);
  EXPECT_NEAR(expected_segment(repaired, Seconds(900), Restart::is_safe).si(), 1052.7340911803126, 1e-9);
}

TEST(Reliability, ExactOptimumIsNoWorseThanItsNeighbours) {
  const CheckpointPolicy policy{Seconds(1234), Seconds(120), Seconds(300)};
  const Seconds best = exact_interval(policy);
  const auto cost = [&](Seconds work) { return expected_segment(policy, work, Restart::may_fail) / work; };
  EXPECT_LT(cost(best), cost(best * 1.01));
  EXPECT_LT(cost(best), cost(best * 0.99));
}

// mlsysim forgets the work that is done twice, which at Young's interval is as much as the checkpoints cost. The
// corrected value is the best of a scan over intervals.
TEST(Reliability, CorrectedGoodputCountsWorkDoneTwice) {
  Json fleet = {{"cluster", "Frontier_8K"}, {"job_duration_hours", 720}};
  EXPECT_NEAR(outputs_of("reliability", fleet)["goodput_ratio"].get<double>(), 0.9354670208070716, 1e-12);
  EXPECT_NEAR(outputs_of("reliability", fleet)["first_order_goodput"].get<double>(), 0.891, 0.0005);
  fleet["convention"] = "corrected";
  const Json corrected = outputs_of("reliability", fleet);
  EXPECT_NEAR(corrected["goodput_ratio"].get<double>(), 0.895384, 1e-6);
  EXPECT_GT(corrected["expected_job_s"].get<double>(), 720 * 3600 / 0.90);
}

// R04 at an interval of one's own.
TEST(Reliability, JudgesAGivenInterval) {
  const Json given = {{"mtbf", "36000 s"},
                      {"interval", "600 s"},
                      {"checkpoint_time", "60 s"},
                      {"avg_recovery_time", "120 s"},
                      {"convention", "corrected"}};
  const Json judged = outputs_of("reliability", given);
  EXPECT_NEAR(judged["goodput_ratio"].get<double>(), 0.8977854272437598, 1e-12);
  EXPECT_NEAR(judged["first_order_goodput"].get<double>(), 0.8883333333333333, 1e-12);
  EXPECT_NEAR(judged["failure_free_goodput"].get<double>(), 0.9090909090909091, 1e-12);
}

}  // namespace
}  // namespace lockstep::validation
