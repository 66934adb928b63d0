#include "studies/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace lockstep::studies {
namespace {

TEST(Statistics, SummaryOfAKnownSample) {
  const std::vector<double> sample = {9, 4, 2, 5, 4, 7, 5, 4};
  const Summary summary = summary_of(sample);
  EXPECT_EQ(summary.count, 8U);
  EXPECT_EQ(summary.mean, 5);
  EXPECT_DOUBLE_EQ(*summary.stddev, std::sqrt(32.0 / 7));
  // Student's t of seven degrees of freedom: 2.364624 (tables).
  EXPECT_NEAR(summary.ci95->high - 5, 2.364624 * std::sqrt(32.0 / 7) / std::sqrt(8.0), 1e-6);
  EXPECT_DOUBLE_EQ(summary.ci95->high - 5, 5 - summary.ci95->low);
  // As numpy.quantile answers.
  EXPECT_DOUBLE_EQ(summary.p50, 4.5);
  EXPECT_DOUBLE_EQ(summary.p95, 8.3);
  EXPECT_DOUBLE_EQ(summary.p99, 8.86);
  EXPECT_EQ(summary.min, 2);
  EXPECT_EQ(summary.max, 9);
}

TEST(Statistics, StudentsTOfTables) {
  EXPECT_NEAR(half_width95(std::sqrt(2.0), 2), 12.7062047, 1e-7);
  EXPECT_NEAR(half_width95(std::sqrt(11.0), 11), 2.2281389, 1e-7);
  EXPECT_NEAR(half_width95(1000, 1'000'000), 1.9599640, 1e-5);
}

TEST(Statistics, OneValueHasNoSpread) {
  const Summary summary = summary_of(std::vector<double>{3});
  EXPECT_EQ(summary.mean, 3);
  EXPECT_EQ(summary.p99, 3);
  EXPECT_FALSE(summary.stddev || summary.ci95);
  EXPECT_EQ(known_for_sure(summary).ci95->low, 3);
}

TEST(Statistics, SmallSpreadsOfLargeValuesAreNotRoundedAway) {
  const Summary summary = summary_of(std::vector<double>{1e15 + 1, 1e15 + 2, 1e15 + 3});
  EXPECT_EQ(summary.mean, 1e15 + 2);
  EXPECT_EQ(*summary.stddev, 1);
  const std::vector<double> same(1001, 0.1);
  EXPECT_EQ(summary_of(same).mean, 0.1);
  EXPECT_EQ(*summary_of(same).stddev, 0);
}

TEST(Statistics, QuantilesLieEvenlyBetweenTheValues) {
  const std::vector<double> sorted = {0, 10, 20, 40};
  EXPECT_EQ(quantile(sorted, 0), 0);
  EXPECT_EQ(quantile(sorted, 1), 40);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1.0 / 3), 10);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.5), 15);
  EXPECT_DOUBLE_EQ(quantile(sorted, 5.0 / 6), 30);
}

TEST(Statistics, RunningMeanAgreesWithTheWholeSample) {
  RunningMean running;
  std::vector<double> sample;
  EXPECT_FALSE(running.stddev());
  for (int i = 0; i < 100; ++i) {
    sample.push_back(1e6 + std::sin(i));
    running.add(sample.back());
  }
  const Summary summary = summary_of(sample);
  EXPECT_DOUBLE_EQ(running.mean(), summary.mean);
  EXPECT_NEAR(*running.stddev(), *summary.stddev, 1e-9);
  EXPECT_NEAR(*running.precision(), (summary.ci95->high - summary.mean) / summary.mean, 1e-12);
}

}  // namespace
}  // namespace lockstep::studies
