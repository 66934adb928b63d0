// How often intervals hold what they are said to hold.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/distribution.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"
#include "studies/replicas.hpp"
#include "studies/statistics.hpp"

namespace lockstep::studies {
namespace {

Distribution distribution(const Json& json) {
  return read_distribution(JsonFields(json, "test"), Dimension::factor);
}

// The share of so many samples whose 95 % interval holds the mean.
double coverage(const Distribution& drawn, std::size_t size, std::uint64_t samples) {
  std::uint64_t holding = 0;
  for (std::uint64_t number = 0; number < samples; ++number) {
    RandomStream stream(7, "confidence", {number});
    std::vector<double> sample(size);
    for (double& value : sample) value = drawn.sample(stream);
    const Interval interval = *summary_of(sample).ci95;
    holding += interval.low <= *drawn.mean() && *drawn.mean() <= interval.high ? 1 : 0;
  }
  return static_cast<double>(holding) / static_cast<double>(samples);
}

// Four standard errors of a share of 0.95 among 4000 are 0.014.
TEST(Confidence, IntervalsHoldTheMeanNineteenTimesOfTwenty) {
  const Distribution normal = distribution({{"distribution", "normal"}, {"mean", 100}, {"stddev", 3}});
  for (const std::size_t size : {2U, 8U, 50U}) EXPECT_NEAR(coverage(normal, size, 4000), 0.95, 0.014) << size;
  const Distribution even = distribution({{"distribution", "uniform"}, {"low", 1}, {"high", 3}});
  EXPECT_NEAR(coverage(even, 20, 4000), 0.95, 0.014);
}

// Whoever stops as soon as the interval is narrow stops a little too often where it is so by chance.
TEST(Confidence, StoppingAtAPrecisionCostsLittleOfIt) {
  const Distribution drawn = distribution({{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.2}});
  constexpr std::uint64_t samples = 2000;
  double holding = 0;
  double sizes = 0;
  for (std::uint64_t number = 0; number < samples; ++number) {
    RandomStream stream(8, "confidence", {number});
    RunningMean mean;
    do {
      for (std::uint32_t i = 0; i < ReplicaPlan::batch; ++i) mean.add(drawn.sample(stream));
    } while (*mean.precision() > 0.05);
    holding += std::abs(mean.mean() - 1) <= *mean.precision() * mean.mean() ? 1 : 0;
    sizes += static_cast<double>(mean.count());
  }
  EXPECT_GT(holding / samples, 0.90);
  EXPECT_LT(holding / samples, 0.97);
  EXPECT_NEAR(sizes / samples, 65, 8);  // (1.96 * 0.2 / 0.05)^2 = 61, rounded up to batches
}

}  // namespace
}  // namespace lockstep::studies
