#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/distributions/standard_normal.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

using namespace standard_normal;

// The density falls faster than any bound can grow.
double density_times(double z) {
  return std::isinf(z) ? 0 : z * density(z);
}

// The normal distribution of mean m and standard deviation s, given that the value lies between two bounds. Moments:
// Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1, section 10.1.
class TruncatedNormalLaw final : public ProbabilityLaw {
 public:
  // Requires s > 0 and low < high.
  TruncatedNormalLaw(double m, double s, double low, double high)
      : m_(m), s_(s), low_(low), high_(high), a_((low - m) / s), b_((high - m) / s), share_(below(b_) - below(a_)) {}

  // How much of the whole distribution lies between the bounds.
  double share() const { return share_; }

  double sample(RandomStream& stream) const override {
    double draw = 0;
    do {
      draw = m_ + s_ * boost::random::normal_distribution<double>()(stream);
    } while (draw < low_ || draw > high_);
    return draw;
  }
  std::optional<double> mean() const override { return m_ + s_ * pull(); }
  std::optional<double> variance() const override {
    return s_ * s_ * (1 + (density_times(a_) - density_times(b_)) / share_ - pull() * pull());
  }
  double cdf(double x) const override {
    if (x <= low_) return 0;
    if (x >= high_) return 1;
    return (below((x - m_) / s_) - below(a_)) / share_;
  }
  // Each half from its own end, where small probabilities keep their digits.
  double quantile(double p) const override {
    if (p == 0) return low_;
    return p < 0.5 ? within_bounds(quantile_below(below(a_) + p * share_)) : upper_quantile(1 - p);
  }
  double upper_quantile(double q) const override {
    if (q == 0) return high_;
    return q <= 0.5 ? within_bounds(quantile_above(above(b_) + q * share_)) : quantile(1 - q);
  }

 private:
  double within_bounds(double z) const { return std::clamp(m_ + s_ * z, low_, high_); }
  // How far the bounds move the mean, in standard deviations.
  double pull() const { return (density(a_) - density(b_)) / share_; }

  double m_;
  double s_;
  double low_;
  double high_;
  double a_;
  double b_;
  double share_;
};

}  // namespace

LawPointer read_normal(const DistributionParameters& parameters) {
  // Sampling tries again until a draw lies between the bounds: at most 100 times on average.
  constexpr double least_share = 0.01;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const JsonFields& fields = parameters.fields();
  const double mean = parameters.value("mean");
  const double stddev = parameters.value("stddev");
  const double low = parameters.maybe_value("low").value_or(0);
  const double high = parameters.maybe_value("high").value_or(infinity);
  if (low > high) fields.fail("low", "must not be above 'high'");
  if (stddev == 0 && low <= mean && mean <= high) return constant_law(mean);
  if (stddev > 0 && low < high) {
    auto law = std::make_shared<TruncatedNormalLaw>(mean, stddev, low, high);
    if (law->share() >= least_share) return law;
  }
  fields.fail("", "less than 1 % of this normal distribution lies between 'low' and 'high'",
              "move them or the mean; 'low' is 0 where it is not given");
}

}  // namespace lockstep
