#include "validation/order_statistics/order_moments.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>

#include "base/contract.hpp"

namespace lockstep::validation {
namespace {

// A value of the law, with its weight.
using Integrand = std::function<double(double value, double weight)>;

// The density of the rank's log-odds, t beyond their mode. In it u = k/(n+1) at the mode.
class LogOdds {
 public:
  explicit LogOdds(const OrderRank& rank)
      : k_(rank.k), above_(double(rank.n) - rank.k + 1), mode_(k_ / (k_ + above_)), rest_(above_ / (k_ + above_)) {}

  // Where doubles still hold the probabilities of both tails.
  double first() const { return -furthest - std::log(mode_ / rest_); }
  double last() const { return furthest - std::log(mode_ / rest_); }
  double width() const { return std::min(1.0, std::sqrt((k_ + above_) / (k_ * above_))); }

  // Over its value at the mode. Of two ways to write it, that whose terms are smaller, so that fewer digits cancel.
  double density(double t) const {
    const double whole = k_ + above_;
    return above_ < k_ ? std::exp(-above_ * t - whole * std::log1p(rest_ * std::expm1(-t)))
                       : std::exp(k_ * t - whole * std::log1p(mode_ * std::expm1(t)));
  }
  double value(const QuantileFunction& law, double t) const {
    const double fall = t > 0 ? std::exp(-t) : 1, rise = t > 0 ? 1 : std::exp(t);
    const double whole = mode_ * rise + rest_ * fall;
    const double p = mode_ * rise / whole;
    return p < 0.5 ? law.below(p) : law.above(rest_ * fall / whole);
  }

 private:
  static constexpr double furthest = 690;
  double k_;
  double above_;  // n-k+1
  double mode_;
  double rest_;  // 1 - mode
};

struct Sums {
  double weight = 0;
  double value = 0;
  double size = 0;  // of absolute values, which tells what is small
  bool converges = true;
};

// Adds the trapezoids on one side of the mode, outwards until nothing more comes.
class Side {
 public:
  Side(const LogOdds& odds, const QuantileFunction& law, const Integrand& integrand)
      : odds_(odds), law_(law), integrand_(integrand) {}

  void add(double step, Sums& sums) const {
    const double end = step > 0 ? odds_.last() : odds_.first();
    double before = 0, term = 0;
    for (std::int64_t i = 1;; ++i) {
      const double t = static_cast<double>(i) * step;
      const bool is_beyond = step > 0 ? t > end : t < end;
      const double weight = is_beyond ? 0 : odds_.density(t);
      if (weight == 0) return add_tail(before, term, sums);
      before = term;
      term = integrand_(odds_.value(law_, t), weight);
      sums.weight += weight;
      sums.value += term;
      sums.size += std::abs(term);
      constexpr double negligible = 1e-19;
      if (weight <= negligible * sums.weight && std::abs(term) <= negligible * sums.size) return;
    }
  }

 private:
  // What heavy tails have beyond the last double: terms go on falling as they did, as those of a power do for ever.
  static void add_tail(double before, double last, Sums& sums) {
    if (last == 0) return;
    const double ratio = last / before;
    constexpr double no_fall = 1e-12;
    if (!(ratio < 1 - no_fall)) {
      sums.converges = false;
      return;
    }
    sums.value += last * ratio / (1 - ratio);
  }

  const LogOdds& odds_;
  const QuantileFunction& law_;
  const Integrand& integrand_;
};

// The expectation of a function of the k-th draw. Weights are normalised by their own sum, which cancels the rounding
// of large exponents.
std::optional<double> expectation(const QuantileFunction& law, const LogOdds& odds, const Integrand& integrand) {
  constexpr double first_step = 0.5;
  constexpr int most_halvings = 8;
  constexpr double precision = 1e-14;
  const Side side(odds, law, integrand);
  std::optional<double> before;
  double step = first_step * odds.width();
  for (int halving = 0; halving < most_halvings; ++halving, step /= 2) {
    const double middle = integrand(odds.value(law, 0), 1);
    Sums sums{.weight = 1, .value = middle, .size = std::abs(middle)};
    side.add(step, sums);
    side.add(-step, sums);
    if (!sums.converges || !std::isfinite(sums.value)) return std::nullopt;
    const double found = sums.value / sums.weight;
    if (before && std::abs(found - *before) <= precision * (sums.size / sums.weight)) return found;
    before = found;
  }
  return before;
}

// P(X_(k:n) <= x), where F(x) is known.
double rank_cdf(const OrderRank& rank, double probability) {
  return boost::math::ibeta(double(rank.k), double(rank.n) - rank.k + 1, probability);
}

OrderMoments moments_of_atoms(const Distribution& law, const OrderRank& rank) {
  const std::vector<double> atoms = law.atoms();
  std::vector<double> shares;
  double before = 0;
  for (const double atom : atoms) {
    const double until = rank_cdf(rank, law.cdf(atom));
    shares.push_back(until - before);
    before = until;
  }
  // From the first value on, so that what is certain keeps its digits.
  double excess = 0, variance = 0;
  for (std::size_t i = 0; i < atoms.size(); ++i) excess += shares[i] * (atoms[i] - atoms.front());
  const double mean = atoms.front() + excess;
  for (std::size_t i = 0; i < atoms.size(); ++i) variance += shares[i] * (atoms[i] - mean) * (atoms[i] - mean);
  return {.mean = mean, .variance = variance};
}

}  // namespace

std::optional<OrderMoments> order_moments(const QuantileFunction& law, const OrderRank& rank) {
  LOCKSTEP_REQUIRE(rank.k >= 1 && rank.k <= rank.n);
  const LogOdds odds(rank);
  const auto mean = expectation(law, odds, [](double x, double weight) { return weight * x; });
  if (!mean) return std::nullopt;
  const auto square = [centre = *mean](double x, double weight) {
    const double root = std::sqrt(weight) * (x - centre);  // so that large values times small weights do not overflow
    return root * root;
  };
  const auto variance = expectation(law, odds, square);
  return OrderMoments{.mean = *mean, .variance = variance};
}

std::optional<OrderMoments> order_moments(const Distribution& law, const OrderRank& rank) {
  LOCKSTEP_REQUIRE(rank.k >= 1 && rank.k <= rank.n);
  if (!law.atoms().empty()) return moments_of_atoms(law, rank);
  return order_moments({.below = [&law](double p) { return law.quantile(p); },
                        .above = [&law](double q) { return law.upper_quantile(q); }},
                       rank);
}

double expected_maximum(const Distribution& law, std::uint32_t n) {
  const auto moments = order_moments(law, {.k = n, .n = n});
  LOCKSTEP_REQUIRE(moments.has_value());
  return moments->mean;
}

}  // namespace lockstep::validation
