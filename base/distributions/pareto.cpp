#include <boost/random/exponential_distribution.hpp>
#include <limits>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/portable_math.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

// Pareto's first kind: P(X > x) = (scale / x)^shape.
class ParetoLaw final : public ProbabilityLaw {
 public:
  ParetoLaw(double scale, double shape) : scale_(scale), shape_(shape) {}

  double sample(RandomStream& stream) const override {
    // The logarithm of X / scale is exponential with rate `shape`.
    return scale_ * portable_exp(boost::random::exponential_distribution<double>()(stream) / shape_);
  }
  std::optional<double> mean() const override {
    if (shape_ <= 1) return std::nullopt;
    return scale_ * shape_ / (shape_ - 1);
  }
  std::optional<double> variance() const override {
    if (shape_ <= 2) return std::nullopt;
    return scale_ * scale_ * shape_ / ((shape_ - 1) * (shape_ - 1) * (shape_ - 2));
  }
  double cdf(double x) const override { return x <= scale_ ? 0 : -portable_expm1(-shape_ * portable_log(x / scale_)); }
  double quantile(double p) const override {
    if (p == 1) return std::numeric_limits<double>::infinity();
    return scale_ * portable_exp(-portable_log1p(-p) / shape_);
  }
  double upper_quantile(double q) const override {
    if (q == 0) return std::numeric_limits<double>::infinity();
    return scale_ * portable_exp(-portable_log(q) / shape_);
  }

 private:
  double scale_;
  double shape_;
};

}  // namespace

LawPointer read_pareto(const DistributionParameters& parameters) {
  return std::make_shared<ParetoLaw>(parameters.positive_value("scale"), parameters.positive_number("shape"));
}

}  // namespace lockstep
