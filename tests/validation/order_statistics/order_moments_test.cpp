#include "validation/order_statistics/order_moments.hpp"

#include <gtest/gtest.h>

#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "base/random_stream.hpp"
#include "tests/validation/order_statistics/laws.hpp"
#include "validation/order_statistics/order_forms.hpp"

namespace lockstep::validation {
namespace {

// E[X_(k:n)] as the area over its distribution, ∫ P(X_(k:n) > x) dx, piece by piece: a second way to it, by another
// rule, over another variable.
double area_over_cdf(const Distribution& law, const OrderRank& rank) {
  const double beyond = double(rank.n) - rank.k + 1;
  const auto exceeds = [&](double x) { return boost::math::ibetac(double(rank.k), beyond, law.cdf(x)); };
  boost::math::quadrature::tanh_sinh<double> rule;
  const double median = boost::math::ibeta_inv(double(rank.k), beyond, 0.5);
  double from = law.minimum(), area = from;
  for (const double odds : {1e-15, 1e-6, 0.1, 1.0, 10.0, 1e3, 1e6, 1e10, 1e16, 1e25, 1e40}) {
    const double rest = 1 / (1 + median / (1 - median) * odds);
    const double until = law.upper_quantile(rest);
    // From zero, where the rule's nodes beside an end stay apart from it.
    if (until > from) area += rule.integrate([&](double x) { return exceeds(from + x); }, 0.0, until - from, 1e-11);
    from = std::max(from, until);
  }
  return area;
}

TEST(OrderMoments, AgreeWithTheAreaOverTheDistribution) {
  const std::vector<Distribution> laws = {law_of("exponential", {{"mean", 2}}),
                                          law_of("uniform", {{"low", 1}, {"high", 3}}),
                                          law_of("normal", {{"mean", 1}, {"stddev", 0.4}}),
                                          law_of("normal", {{"mean", 1}, {"stddev", 0.1}, {"high", 1.1}}),
                                          law_of("lognormal", {{"median", 1}, {"sigma", 0.5}}),
                                          law_of("weibull", {{"scale", 2}, {"shape", 0.6}}),
                                          law_of("weibull", {{"scale", 2}, {"shape", 4}})};
  for (const Distribution& law : laws) {
    for (const OrderRank& rank : {OrderRank{5, 8}, OrderRank{64, 64}}) {
      const double area = area_over_cdf(law, rank);
      EXPECT_NEAR(order_moments(law, rank)->mean, area, 1e-9 * area) << rank.k << " of " << rank.n;
    }
  }
}

// All draws together are all ranks together: Σ_k E[X_(k:n)] = nE[X], and Σ_k E[X²_(k:n)] = nE[X²].
TEST(OrderMoments, OfAllRanksAddUpToThoseOfTheLaw) {
  RandomStream stream(7, "laws");
  for (int draw = 0; draw < 60; ++draw) {
    const auto n = static_cast<std::uint32_t>(1 + stream.below(12));
    const double a = 0.1 + 3 * stream.uniform(), b = 0.2 + 2 * stream.uniform();
    const std::vector<Distribution> laws = {law_of("shifted_exponential", {{"shift", a}, {"mean", b}}),
                                            law_of("uniform", {{"low", a}, {"high", a + b}}),
                                            law_of("normal", {{"mean", a}, {"stddev", b}}),
                                            law_of("lognormal", {{"mu", a}, {"sigma", b}}),
                                            law_of("pareto", {{"scale", a}, {"shape", 2 + b}}),
                                            law_of("weibull", {{"scale", a}, {"shape", b}}),
                                            law_of("bernoulli", {{"probability", b / 3}, {"value", 1 + a}}),
                                            law_of("empirical", {{"values", {a, b, 2 * a}}, {"weights", {b, a, 1}}})};
    for (const Distribution& law : laws) {
      double mean = 0, square = 0;
      for (std::uint32_t k = 1; k <= n; ++k) {
        const auto moments = order_moments(law, {.k = k, .n = n});
        mean += moments->mean / n;
        square += (*moments->variance + moments->mean * moments->mean) / n;
      }
      EXPECT_NEAR(mean, *law.mean(), 1e-11 * *law.mean());
      const double expected = *law.variance() + *law.mean() * *law.mean();
      EXPECT_NEAR(square, expected, 1e-10 * expected);
    }
  }
}

// The quadrature against the forms of single laws, whatever their parameters, up to a million workers.
TEST(OrderMoments, AgreeWithTheFormsOfLawsWhateverTheirParameters) {
  RandomStream stream(11, "forms");
  for (int draw = 0; draw < 200; ++draw) {
    const double reach = 6 * stream.uniform();
    const auto n = static_cast<std::uint32_t>(std::pow(10, reach));
    const auto k = static_cast<std::uint32_t>(stream.below(3) == 0 ? n : 1 + stream.below(n));
    const OrderRank rank{.k = k, .n = n};
    const double a = 0.01 + 10 * stream.uniform(), b = 0.01 + 10 * stream.uniform();
    const auto expect = [&](const Distribution& law, Seconds form) {
      const auto moments = order_moments(law, rank);
      ASSERT_TRUE(moments);
      EXPECT_NEAR(moments->mean, form.si(), 1e-11 * form.si()) << k << " of " << n << ", " << a << ", " << b;
    };
    expect(law_of("shifted_exponential", {{"shift", a}, {"mean", b}}), exponential_order(rank, Seconds(b), Seconds(a)));
    expect(law_of("uniform", {{"low", a}, {"high", a + b}}), uniform_order(rank, Seconds(a), Seconds(a + b)));
    expect(law_of("pareto", {{"scale", a}, {"shape", 1.05 + b}}), pareto_order(rank, Seconds(a), 1.05 + b));
    const auto exponential = order_moments(law_of("exponential", {{"mean", b}}), rank);
    const double variance = harmonic_sum(n - k + 1, n, 2) * b * b;
    EXPECT_NEAR(*exponential->variance, variance, 1e-9 * variance);
    // Weibull times are powers of exponential ones; the first of n is one again, of another scale.
    const OrderRank first{.k = 1, .n = n};
    const double shape = 0.3 + b;
    const double minimum = weibull_minimum(n, Seconds(a), shape).si();
    EXPECT_NEAR(order_moments(law_of("weibull", {{"scale", a}, {"shape", shape}}), first)->mean, minimum,
                1e-11 * minimum);
    if (n <= 20) {
      const double maximum = weibull_maximum(n, Seconds(a), shape).si();
      EXPECT_NEAR(expected_maximum(law_of("weibull", {{"scale", a}, {"shape", shape}}), n), maximum, 1e-11 * maximum);
    }
  }
}

// A mean that comes from draws of 36 standard deviations.
TEST(OrderMoments, KeepUpWithTheHeaviestTails) {
  const Distribution lognormal = law_of("lognormal", {{"median", 1}, {"sigma", 12}});
  EXPECT_NEAR(order_moments(lognormal, {.k = 1, .n = 1})->mean / *lognormal.mean(), 1, 1e-11);
  EXPECT_NEAR(*order_moments(lognormal, {.k = 1, .n = 1})->variance / *lognormal.variance(), 1, 1e-9);
  const Distribution pareto = law_of("pareto", {{"scale", 1}, {"shape", 1.02}});
  EXPECT_NEAR(order_moments(pareto, {.k = 1, .n = 1})->mean / *pareto.mean(), 1, 1e-10);
}

TEST(OrderMoments, AreAbsentWhereTheyAreInfinite) {
  const Distribution law = law_of("pareto", {{"scale", 1}, {"shape", 0.8}});
  EXPECT_FALSE(order_moments(law, {.k = 8, .n = 8}));
  const auto seventh = order_moments(law, {.k = 7, .n = 8});
  ASSERT_TRUE(seventh);
  EXPECT_NEAR(seventh->mean, pareto_order({.k = 7, .n = 8}, Seconds(1), 0.8).si(), 1e-9 * seventh->mean);
  EXPECT_FALSE(seventh->variance);
  EXPECT_TRUE(std::isinf(pareto_order({.k = 8, .n = 8}, Seconds(1), 0.8).si()));
}

TEST(OrderMoments, OfMillionsNeitherOverflowNorLoseDigits) {
  const std::uint32_t n = 4'000'000'000;
  EXPECT_NEAR(expected_maximum(law_of("exponential", {{"mean", 1}}), n), std::log(double(n)) + 0.57721566490153286,
              1e-9);
  EXPECT_NEAR(order_moments(law_of("uniform", {{"low", 0}, {"high", 1}}), {.k = n / 2, .n = n})->mean, 0.5, 1e-9);
  EXPECT_NEAR(exponential_order({.k = n, .n = n}, Seconds(1)).si(), std::log(double(n)) + 0.57721566490153286, 1e-9);
}

}  // namespace
}  // namespace lockstep::validation
