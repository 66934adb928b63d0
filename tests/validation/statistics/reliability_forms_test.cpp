// The forms of failures against a small simulation of failures, checkpoints and restarts.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random_stream.hpp"
#include "tests/validation/order_statistics/laws.hpp"
#include "validation/statistics/reliability_situation.hpp"

namespace lockstep::validation {
namespace {

class Sampling {
 public:
  void add(double sample) {
    ++count_;
    const double before = mean_;
    mean_ += (sample - mean_) / static_cast<double>(count_);
    squares_ += (sample - before) * (sample - mean_);
  }
  SampledMean mean() const {
    return {.mean = Seconds(mean_), .stddev = Seconds(std::sqrt(squares_ / double(count_ - 1))), .count = count_};
  }

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

double life(const ReliabilitySituation& at, RandomStream& stream) {
  static const Distribution exponential = law_of("exponential", {{"mean", 1}});
  return at.policy.mtbf.si() * exponential.sample(stream);
}

// A segment begins anew after every failure; so does a restart that fails, after another downtime.
double sampled_segment(const ReliabilitySituation& at, RandomStream& stream) {
  const double attempt = (at.work + at.policy.write).si();
  double time = 0;
  double failure = life(at, stream);
  while (failure < attempt) {
    time += failure + at.policy.downtime.si();
    double again = at.restart == Restart::is_safe ? at.policy.restart.si() : life(at, stream);
    while (again < at.policy.restart.si()) {
      time += again + at.policy.downtime.si();
      again = life(at, stream);
    }
    time += at.policy.restart.si();
    failure = life(at, stream);
  }
  return time + attempt;
}

FormCheck only_check(const ReliabilitySituation& at, const SampledMean& sample) {
  const std::vector<FormCheck> checks = check_reliability(at, sample);
  EXPECT_EQ(checks.size(), 1U);
  return checks.at(0);
}

void expect_holds(const FormCheck& check) {
  EXPECT_TRUE(check.applies) << check.form.title;
  EXPECT_TRUE(check.holds) << check.form.title << ": " << check.prediction.time.si() << " but sampled "
                           << check.sampled->mean.si() << " ± " << check.sampled->standard_error().si();
  EXPECT_LT(check.tolerance, 0.05);
}

ReliabilitySituation run_with_failures(ReliabilityQuantity quantity) {
  return {.quantity = quantity,
          .policy = {Seconds(150), Seconds(10), Seconds(60), Seconds(5)},
          .work = Seconds(100),
          .segments = 12};
}

TEST(ReliabilityForms, SegmentsTakeWhatR02Says) {
  ReliabilitySituation at = run_with_failures(ReliabilityQuantity::segment);
  for (const Restart restart : {Restart::may_fail, Restart::is_safe}) {
    at.restart = restart;
    RandomStream stream(1, "segments");
    Sampling sampling;
    for (int i = 0; i < 40'000; ++i) sampling.add(sampled_segment(at, stream));
    expect_holds(only_check(at, sampling.mean()));
    // Held against the other policy, the same samples are found out.
    at.restart = restart == Restart::may_fail ? Restart::is_safe : Restart::may_fail;
    EXPECT_FALSE(only_check(at, sampling.mean()).holds);
  }
}

TEST(ReliabilityForms, RunsTakeWhatR04Says) {
  const ReliabilitySituation at = run_with_failures(ReliabilityQuantity::job);
  RandomStream stream(2, "runs");
  Sampling sampling;
  for (int i = 0; i < 4000; ++i) {
    double run = 0;
    for (int segment = 0; segment < 12; ++segment) run += sampled_segment(at, stream);
    sampling.add(run);
  }
  expect_holds(only_check(at, sampling.mean()));
}

TEST(ReliabilityForms, FleetsFirstFailWhenR01AndR08Say) {
  ReliabilitySituation at{.quantity = ReliabilityQuantity::first_failure,
                          .parts = {{20, Seconds(1000)}, {5, Seconds(400)}}};
  for (const double shape : {1.0, 0.7}) {
    at.law = "weibull";
    at.shape = shape;
    RandomStream stream(3, "fleets");
    Sampling sampling;
    for (int fleet = 0; fleet < 20'000; ++fleet) {
      double first = INFINITY;
      for (const Parts& parts : at.parts) {
        const Distribution lives = law_of("weibull", {{"mean", parts.mtbf.si()}, {"shape", shape}});
        for (int part = 0; part < parts.count; ++part) first = std::min(first, lives.sample(stream));
      }
      sampling.add(first);
    }
    const auto checks = check_reliability(at, sampling.mean());
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[0].form.id, "R01");
    EXPECT_EQ(checks[0].holds, shape == 1);
    EXPECT_EQ(checks[0].applies, shape == 1);
    expect_holds(checks[1]);
  }
}

TEST(ReliabilityForms, NodesAreUpAsLongAsR05Says) {
  ReliabilitySituation at{.quantity = ReliabilityQuantity::enough_nodes,
                          .pool = SparePool{.running = 4, .spares = 1, .mtbf = Seconds(20)},
                          .repair = Seconds(2),
                          .duration = Seconds(2000)};
  RandomStream stream(4, "nodes");
  const Distribution unit = law_of("exponential", {{"mean", 1}});
  Sampling sampling;
  for (int run = 0; run < 200; ++run) {
    // A chain of how many are down.
    double now = 0, enough = 0;
    int down = 0;
    while (now < at.duration.si()) {
      const double failing = (5 - down) / at.pool->mtbf.si(), repairing = down / at.repair.si();
      const double stay = std::min(unit.sample(stream) / (failing + repairing), at.duration.si() - now);
      if (down <= 1) enough += stay;
      now += stay;
      down += stream.uniform() < failing / (failing + repairing) ? 1 : -1;
    }
    sampling.add(enough);
  }
  expect_holds(only_check(at, sampling.mean()));
}

TEST(ReliabilityForms, SayWhatDoesNotHoldHere) {
  ReliabilitySituation at = run_with_failures(ReliabilityQuantity::job);
  at.law = "weibull";
  at.shape = 0.7;
  at.segments = 12.5;
  at.hidden_writes = "writes take 60 s beside the work";
  const FormCheck check = only_check(at, {Seconds(1), Seconds(1), 100});
  std::string broken;
  for (const BrokenAssumption& one : check.broken_assumptions) broken += one.assumption + ": " + one.explanation + "\n";
  EXPECT_EQ(broken,
            "exponential_lives: times to failure are weibull of shape 0.7, so that what a part has behind it counts\n"
            "blocking_writes: writes take 60 s beside the work\n"
            "whole_segments: the work makes 12.5 segments, the last of which is shorter\n");
}

}  // namespace
}  // namespace lockstep::validation
