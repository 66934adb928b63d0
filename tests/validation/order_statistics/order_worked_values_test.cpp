// Worked values of S01 to S10, with figures of an independent implementation, whose Monte Carlo simulation confirms
// them: the forms of the laws and the quadrature of any law agree with them and with each other.
#include <gtest/gtest.h>

#include "tests/validation/order_statistics/laws.hpp"
#include "validation/order_statistics/order_forms.hpp"

namespace lockstep::validation {
namespace {

OrderRank slowest_of(std::uint32_t n) {
  return {.k = n, .n = n};
}

void expect_relative(double value, double expected, double relative = 1e-12) {
  EXPECT_NEAR(value, expected, relative * std::abs(expected));
}

double mean_of(const Distribution& law, const OrderRank& rank) {
  return order_moments(law, rank)->mean;
}

TEST(OrderWorkedValues, S01MaximumOfExponentialTimes) {
  const auto expect = [](std::uint32_t n, double rate, double expected) {
    expect_relative(exponential_order(slowest_of(n), Seconds(1 / rate)).si(), expected);
    expect_relative(mean_of(law_of("exponential", {{"rate", rate}}), slowest_of(n)), expected);
  };
  expect(4, 1, 2.083333333333333);
  expect(64, 10, 0.47438909037057675);
  expect(256, 1, 6.124344962817281);
}

TEST(OrderWorkedValues, S02MaximumOfShiftedExponentialTimes) {
  const auto expect = [](std::uint32_t n, double shift, double rate, double expected) {
    expect_relative(exponential_order(slowest_of(n), Seconds(1 / rate), Seconds(shift)).si(), expected);
    expect_relative(mean_of(law_of("shifted_exponential", {{"shift", shift}, {"rate", rate}}), slowest_of(n)),
                    expected);
  };
  expect(8, 1, 10, 1.2717857142857143);
  expect(16, 1, 2, 2.690364496614497);
  expect(4, 2, 1, 4.083333333333333);
}

TEST(OrderWorkedValues, S03MaximumOfEvenTimes) {
  const auto expect = [](std::uint32_t n, double low, double high, double expected) {
    expect_relative(uniform_order(slowest_of(n), Seconds(low), Seconds(high)).si(), expected);
    expect_relative(mean_of(law_of("uniform", {{"low", low}, {"high", high}}), slowest_of(n)), expected);
  };
  expect(8, 0.9, 1.1, 1.077777777777778);
  expect(3, 0, 1, 0.75);
  expect(256, 1, 1.5, 1.4980544747081712);
}

TEST(OrderWorkedValues, S04MaximumOfNormalTimes) {
  const auto expect = [](std::uint32_t n, double mean, double stddev, double expected) {
    expect_relative(normal_order(slowest_of(n), Seconds(mean), Seconds(stddev)).si(), expected);
    // What is cut off below 0 is ten standard deviations away.
    expect_relative(mean_of(law_of("normal", {{"mean", mean}, {"stddev", stddev}}), slowest_of(n)), expected);
  };
  expect(8, 1, 0.05, 1.071180015302264);
  expect(2, 10, 1, 10.564189583547757);
  expect(16, 1, 0.02, 1.0353198278610958);
  expect_relative(normal_order(slowest_of(2), Seconds(0), Seconds(1)).si(), 0.5641895835477563);
  expect_relative(normal_order(slowest_of(8), Seconds(0), Seconds(1)).si(), 1.4236003060452778);
  expect_relative(normal_order(slowest_of(16), Seconds(0), Seconds(1)).si(), 1.765991393054788);
}

TEST(OrderWorkedValues, S05ParetoTimes) {
  const auto expect = [](const OrderRank& rank, double scale, double shape, double expected) {
    expect_relative(pareto_order(rank, Seconds(scale), shape).si(), expected);
    expect_relative(mean_of(law_of("pareto", {{"scale", scale}, {"shape", shape}}), rank), expected);
  };
  expect(slowest_of(8), 1, 4, 2.0849244393940625);
  expect(slowest_of(64), 0.1, 5, 0.26780377242096215);
  expect({.k = 30, .n = 32}, 1, 3, 2.3966573139371348);
}

TEST(OrderWorkedValues, S06MaximumOfWeibullTimes) {
  const auto expect = [](std::uint32_t n, double scale, double shape, double expected) {
    expect_relative(weibull_maximum(n, Seconds(scale), shape).si(), expected);
    expect_relative(mean_of(law_of("weibull", {{"scale", scale}, {"shape", shape}}), slowest_of(n)), expected);
  };
  expect(8, 1, 1.5, 1.9062554127281028);
  expect(4, 1, 0.8, 2.621370695033219);
  expect(10, 3, 1.2, 7.260755371215227);
}

TEST(OrderWorkedValues, S07MaximumOfLognormalTimes) {
  const auto expect = [](std::uint32_t n, double mu, double sigma, double expected) {
    expect_relative(mean_of(law_of("lognormal", {{"mu", mu}, {"sigma", sigma}}), slowest_of(n)), expected);
  };
  expect(8, 0, 0.25, 1.444529189801469);
  expect(16, -2, 0.1, 0.16171608860890374);
  expect(4, 1, 1, 9.896133056612262);
}

void expect_straggled(const OrderRank& rank, double probability, double factor, double expected) {
  expect_relative(straggled_order(rank, {.probability = probability, .factor = factor}), expected);
  expect_relative(mean_of(law_of("bernoulli", {{"probability", probability}, {"value", factor}}), rank), expected);
}

TEST(OrderWorkedValues, S08MaximumWithTransientStragglers) {
  expect_straggled(slowest_of(64), 0.05, 2, 1.9624758607888841);
  expect_straggled(slowest_of(256), 0.001, 5, 1.9038287245579677);
  expect_straggled(slowest_of(100), 0.01, 2, 1.6339676587267709);
}

TEST(OrderWorkedValues, S09FastestOfExponentialTimes) {
  const auto expect = [](const OrderRank& rank, double expected) {
    expect_relative(exponential_order(rank, Seconds(1)).si(), expected);
    expect_relative(mean_of(law_of("exponential", {{"rate", 1}}), rank), expected);
  };
  expect({.k = 6, .n = 8}, 1.2178571428571425);
  expect({.k = 16, .n = 16}, 3.3807289932289937);
  expect({.k = 1, .n = 10}, 0.10000000000000009);
}

TEST(OrderWorkedValues, S10FastestWithTransientStragglers) {
  expect_straggled({.k = 60, .n = 64}, 0.05, 2, 1.215642956391303);
  expect_straggled({.k = 255, .n = 256}, 0.001, 5, 1.1104154647850335);
  expect_straggled({.k = 98, .n = 100}, 0.01, 2, 1.0793732022521805);
}

}  // namespace
}  // namespace lockstep::validation
