#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/distribution.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

constexpr int draws = 200'000;

// What every distribution owes, whatever its family.
class AnyDistribution : public testing::TestWithParam<const char*> {
 protected:
  static Distribution read() {
    const Json json = parse_json(GetParam(), "");
    return read_distribution(JsonFields(json, ""), Dimension::factor);
  }
  std::vector<double> sample() const {
    RandomStream stream(2024, "distribution");
    std::vector<double> values;
    for (int i = 0; i < draws; ++i) values.push_back(distribution_.sample(stream));
    return values;
  }
  const Distribution distribution_ = read();
};

double average(const std::vector<double>& values, double (*power)(double), double centre) {
  double sum = 0;
  for (const double value : values) sum += power(value - centre);
  return sum / static_cast<double>(values.size());
}

TEST_P(AnyDistribution, SampleMomentsMeetTheStatedOnes) {
  const std::vector<double> values = sample();
  const double mean = *distribution_.mean();
  const double variance = *distribution_.variance();
  const double fourth = average(
      values, [](double d) { return d * d * d * d; }, mean);
  EXPECT_NEAR(average(
                  values, [](double d) { return d; }, 0),
              mean, 4 * std::sqrt(variance / draws));
  EXPECT_NEAR(average(
                  values, [](double d) { return d * d; }, mean),
              variance, 4 * std::sqrt(std::max(fourth - variance * variance, 0.0) / draws) + 1e-15);
}

TEST_P(AnyDistribution, SamplesFollowTheCdf) {
  std::vector<double> values = sample();
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + 1 < values.size() && values[i + 1] == values[i]) continue;  // the share of draws up to and with this value
    distance = std::max(distance, std::abs(distribution_.cdf(values[i]) - static_cast<double>(i + 1) / draws));
  }
  // Kolmogorov and Smirnov: P(D > 1.95 / sqrt(n)) = 0.001.
  EXPECT_LT(distance, 1.95 / std::sqrt(draws));
}

TEST_P(AnyDistribution, SamplesStayWithinTheStatedBounds) {
  const std::vector<double> values = sample();
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*least, distribution_.minimum());
  EXPECT_GE(*least, 0);
  EXPECT_LE(*most, distribution_.maximum().value_or(1e150));
}

TEST_P(AnyDistribution, QuantileIsTheInverseOfTheCdf) {
  double before = distribution_.quantile(0);
  for (int step = 1; step < 10'000; ++step) {
    const double p = step * 1e-4;
    const double x = distribution_.quantile(p);
    EXPECT_GE(x, before);
    before = x;
    // The smallest x with cdf(x) >= p.
    EXPECT_GE(distribution_.cdf(x), p - 1e-12) << p;
    if (x == distribution_.minimum()) continue;
    EXPECT_LE(distribution_.cdf(x * (1 - 1e-9)), p + 1e-12) << p;
  }
  EXPECT_EQ(distribution_.cdf(distribution_.minimum() - 1e-9), 0);
  EXPECT_EQ(distribution_.cdf(distribution_.maximum().value_or(1e200)), 1);
}

TEST_P(AnyDistribution, UpperQuantileReachesTheTailThatTheQuantileMisses) {
  for (int step = 1; step < 1024; ++step) {
    const double q = step * 0x1p-10;  // 1 - q is exact
    EXPECT_NEAR(distribution_.upper_quantile(q), distribution_.quantile(1 - q), 1e-14 * distribution_.quantile(1 - q));
  }
  EXPECT_EQ(distribution_.upper_quantile(1), distribution_.minimum());
  const double far = distribution_.upper_quantile(1e-30);
  EXPECT_GE(far, distribution_.upper_quantile(1e-20));
  // A bounded law is at its end there; others are well beyond what quantile(1 - 2^-53) can tell.
  if (const auto most = distribution_.maximum()) {
    EXPECT_NEAR(far, *most, 1e-14 * *most);
  } else {
    EXPECT_GT(far, 1.001 * distribution_.quantile(1 - 0x1p-53));
  }
}

TEST_P(AnyDistribution, AtomsHoldAllTheProbabilityOrThereAreNone) {
  const std::vector<double> atoms = distribution_.atoms();
  if (atoms.empty()) {
    EXPECT_EQ(distribution_.cdf(distribution_.minimum()), 0);
    return;
  }
  EXPECT_EQ(distribution_.cdf(atoms.back()), 1);
  double before = 0;
  for (const double atom : atoms) {
    EXPECT_EQ(distribution_.cdf(std::nextafter(atom, 0.0)), before);
    before = distribution_.cdf(atom);
    EXPECT_EQ(distribution_.quantile(before), atom);
  }
}

TEST_P(AnyDistribution, MeanAndVarianceAreIntegralsOfTheQuantile) {
  constexpr int cells = 200'000;
  double first = 0, second = 0;
  for (int i = 0; i < cells; ++i) {
    const double x = distribution_.quantile((i + 0.5) / cells) - *distribution_.mean();
    first += x / cells;
    second += x * x / cells;
  }
  const double stddev = std::sqrt(*distribution_.variance());
  EXPECT_NEAR(first, 0, 1e-4 * stddev + 1e-15);
  EXPECT_NEAR(second, stddev * stddev, 5e-3 * stddev * stddev + 1e-15);
}

TEST_P(AnyDistribution, EqualStreamsDrawEqualValues) {
  RandomStream one(5, "a"), two(5, "a"), other(6, "a");
  bool all_equal = true;
  for (int i = 0; i < 1000; ++i) {
    const double value = distribution_.sample(one);
    EXPECT_EQ(value, distribution_.sample(two));
    all_equal = all_equal && value == distribution_.sample(other);
  }
  EXPECT_EQ(all_equal, distribution_.variance() == 0);
}

INSTANTIATE_TEST_SUITE_P(
    Every, AnyDistribution,
    testing::Values(R"({"distribution": "constant", "value": 1.5})",
                    R"({"distribution": "uniform", "low": 0.5, "high": 2})",
                    R"({"distribution": "uniform", "low": 3, "high": 3})",
                    R"({"distribution": "exponential", "mean": 2})", R"({"distribution": "exponential", "rate": 100})",
                    R"({"distribution": "shifted_exponential", "shift": 1, "mean": 0.25})",
                    R"({"distribution": "shifted_exponential", "shift": 1, "mean": 0})",
                    R"({"distribution": "normal", "mean": 10, "stddev": 1})",
                    R"({"distribution": "normal", "mean": 1, "stddev": 1})",
                    R"({"distribution": "normal", "mean": 1, "stddev": 0.1, "low": 0.95, "high": 1.2})",
                    R"({"distribution": "normal", "mean": 1, "stddev": 1, "low": 3})",
                    R"({"distribution": "normal", "mean": 1, "stddev": 0})",
                    R"({"distribution": "lognormal", "mu": 0.5, "sigma": 0.25})",
                    R"({"distribution": "lognormal", "mean": 1, "stddev": 0.3})",
                    R"({"distribution": "lognormal", "mean": 1, "sigma": 0.3})",
                    R"({"distribution": "lognormal", "median": 2, "sigma": 0})",
                    R"({"distribution": "pareto", "scale": 1, "shape": 10})",
                    R"({"distribution": "weibull", "scale": 2, "shape": 1.5})",
                    R"({"distribution": "weibull", "mean": 3, "shape": 0.7})",
                    R"({"distribution": "bernoulli", "probability": 0.01, "value": 3})",
                    R"({"distribution": "bernoulli", "probability": 1, "value": 3})",
                    R"({"distribution": "empirical", "values": [3, 1, 2, 2]})",
                    R"({"distribution": "empirical", "values": [3, 1, 2], "weights": [0.1, 5, 0]})"));

}  // namespace
}  // namespace lockstep
