#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <cmath>
#include <limits>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/portable_math.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

// ln Γ(1+x), in long double for the reason that portable_math.hpp gives.
long double log_gamma_of_one_plus(double x) {
  return boost::math::lgamma(1 + static_cast<long double>(x));
}
double gamma_of_one_plus(double x) {
  return static_cast<double>(std::exp(log_gamma_of_one_plus(x)));
}

// x^exponent, for x >= 0.
double power(double x, double exponent) {
  return x == 0 ? 0 : portable_exp(exponent * portable_log(x));
}

// P(X > x) = exp(-(x / scale)^shape): (X / scale)^shape is exponential.
class WeibullLaw final : public ProbabilityLaw {
 public:
  WeibullLaw(double scale, double shape) : scale_(scale), shape_(shape) {}

  double sample(RandomStream& stream) const override {
    return scale_ * power(boost::random::exponential_distribution<double>()(stream), 1 / shape_);
  }
  std::optional<double> mean() const override { return scale_ * gamma_of_one_plus(1 / shape_); }
  std::optional<double> variance() const override {
    // Γ(1+2/c) - Γ(1+1/c)², whose digits cancel where the shape is large.
    const long double ratio = log_gamma_of_one_plus(2 / shape_) - 2 * log_gamma_of_one_plus(1 / shape_);
    return *mean() * *mean() * static_cast<double>(std::expm1(ratio));
  }
  double cdf(double x) const override { return x <= 0 ? 0 : -portable_expm1(-power(x / scale_, shape_)); }
  double quantile(double p) const override {
    if (p == 1) return std::numeric_limits<double>::infinity();
    return scale_ * power(-portable_log1p(-p), 1 / shape_);
  }
  double upper_quantile(double q) const override {
    if (q == 0) return std::numeric_limits<double>::infinity();
    return scale_ * power(-portable_log(q), 1 / shape_);
  }

 private:
  double scale_;
  double shape_;
};

}  // namespace

LawPointer read_weibull(const DistributionParameters& parameters) {
  const double shape = parameters.positive_number("shape");
  const double scale = parameters.states_first("scale", "mean")
                           ? parameters.positive_value("scale")
                           : parameters.positive_value("mean") / gamma_of_one_plus(1 / shape);
  return std::make_shared<WeibullLaw>(scale, shape);
}

}  // namespace lockstep
