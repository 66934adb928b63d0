#include "validation/order_statistics/order_forms.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <limits>

#include "base/contract.hpp"

namespace lockstep::validation {

double harmonic_sum(std::uint32_t from, std::uint32_t to, int power) {
  if (to < from) return 0;
  constexpr std::uint32_t most_added = 100'000;
  if (to - from < most_added) {
    double sum = 0;
    for (std::uint32_t j = to; j >= from; --j) sum += power == 1 ? 1.0 / j : 1.0 / j / j;
    return sum;
  }
  const auto first = static_cast<long double>(from), end = static_cast<long double>(to) + 1;
  return static_cast<double>(power == 1 ? boost::math::digamma(end) - boost::math::digamma(first)
                                        : boost::math::trigamma(first) - boost::math::trigamma(end));
}

Seconds exponential_order(const OrderRank& rank, Seconds mean, Seconds shift) {
  return shift + harmonic_sum(rank.n - rank.k + 1, rank.n) * mean;
}

Seconds uniform_order(const OrderRank& rank, Seconds low, Seconds high) {
  return low + (high - low) * (rank.k / (double(rank.n) + 1));
}

Seconds normal_order(const OrderRank& rank, Seconds mean, Seconds stddev) {
  const boost::math::normal_distribution<double> standard;
  const auto score =
      order_moments({.below = [&](double p) { return boost::math::quantile(standard, p); },
                     .above = [&](double q) { return boost::math::quantile(boost::math::complement(standard, q)); }},
                    rank);
  return mean + score->mean * stddev;
}

Seconds pareto_order(const OrderRank& rank, Seconds scale, double shape) {
  const double beyond = double(rank.n) - rank.k + 1, power = 1 / shape;
  if (beyond <= power) return Seconds(std::numeric_limits<double>::infinity());
  return scale * (boost::math::tgamma_delta_ratio(beyond - power, power) /
                  boost::math::tgamma_delta_ratio(rank.n + 1 - power, power));
}

Seconds weibull_maximum(std::uint32_t n, Seconds scale, double shape) {
  constexpr std::uint32_t most = 20;
  LOCKSTEP_REQUIRE(n >= 1 && n <= most);
  long double sum = 0, choices = 1;
  for (std::uint32_t j = 1; j <= n; ++j) {
    choices = choices * (n - j + 1) / j;
    sum += (j % 2 == 1 ? choices : -choices) * std::pow(static_cast<long double>(j), -1.0L / shape);
  }
  return scale * (boost::math::tgamma(1 + 1 / shape) * static_cast<double>(sum));
}

Seconds weibull_minimum(double n, Seconds scale, double shape) {
  return scale * (boost::math::tgamma(1 + 1 / shape) * std::pow(n, -1 / shape));
}

double straggled_order(const OrderRank& rank, const TransientStragglers& stragglers) {
  const double is_slow = boost::math::ibeta(double(rank.n) - rank.k + 1, double(rank.k), stragglers.probability);
  return 1 + (stragglers.factor - 1) * is_slow;
}

}  // namespace lockstep::validation
