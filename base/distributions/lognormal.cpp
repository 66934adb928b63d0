#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/distributions/standard_normal.hpp"
#include "base/json_fields.hpp"
#include "base/portable_math.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

// The median times e to the power of a normal number of mean 0 and standard deviation sigma.
class LognormalLaw final : public ProbabilityLaw {
 public:
  // Requires sigma > 0.
  LognormalLaw(double median, double sigma) : median_(median), sigma_(sigma) {}

  double sample(RandomStream& stream) const override {
    return median_ * portable_exp(sigma_ * boost::random::normal_distribution<double>()(stream));
  }
  std::optional<double> mean() const override { return median_ * portable_exp(sigma_ * sigma_ / 2); }
  std::optional<double> variance() const override { return portable_expm1(sigma_ * sigma_) * *mean() * *mean(); }
  double cdf(double x) const override {
    return x <= 0 ? 0 : standard_normal::below(portable_log(x / median_) / sigma_);
  }
  double quantile(double p) const override {
    if (p == 0) return 0;
    if (p == 1) return std::numeric_limits<double>::infinity();
    return median_ * portable_exp(sigma_ * standard_normal::quantile_below(p));
  }
  double upper_quantile(double q) const override {
    if (q == 1) return 0;
    if (q == 0) return std::numeric_limits<double>::infinity();
    return median_ * portable_exp(sigma_ * standard_normal::quantile_above(q));
  }

 private:
  double median_;
  double sigma_;
};

LawPointer lognormal(double median, double sigma) {
  return sigma == 0 ? constant_law(median) : std::make_shared<LognormalLaw>(median, sigma);
}

// The variance of the logarithm, for a mean and a standard deviation of the values themselves.
LawPointer lognormal_of_mean(const DistributionParameters& parameters) {
  const double mean = parameters.positive_value("mean");
  if (!parameters.states_first("stddev", "sigma")) {
    const double sigma = parameters.non_negative_number("sigma");
    return lognormal(mean / portable_exp(sigma * sigma / 2), sigma);
  }
  const double relative = parameters.value("stddev") / mean;
  const double sigma_squared = portable_log1p(relative * relative);
  return lognormal(mean / std::sqrt(1 + relative * relative), std::sqrt(sigma_squared));
}

}  // namespace

LawPointer read_lognormal(const DistributionParameters& parameters) {
  const JsonFields& fields = parameters.fields();
  const int centres = (fields.has("mean") ? 1 : 0) + (fields.has("median") ? 1 : 0) + (fields.has("mu") ? 1 : 0);
  if (centres != 1) fields.fail("", "exactly one of 'mean', 'median' and 'mu' is needed");
  if (fields.has("mean")) return lognormal_of_mean(parameters);
  const double median =
      fields.has("median") ? parameters.positive_value("median") : portable_exp(parameters.number("mu"));
  return lognormal(median, parameters.non_negative_number("sigma"));
}

}  // namespace lockstep
