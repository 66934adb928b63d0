#include <boost/random/exponential_distribution.hpp>
#include <limits>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/portable_math.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

// A shift that is always paid, and a memoryless part on top.
class ExponentialLaw final : public ProbabilityLaw {
 public:
  ExponentialLaw(double shift, double scale) : shift_(shift), scale_(scale) {}

  double sample(RandomStream& stream) const override {
    return shift_ + scale_ * boost::random::exponential_distribution<double>()(stream);
  }
  std::optional<double> mean() const override { return shift_ + scale_; }
  std::optional<double> variance() const override { return scale_ * scale_; }
  double cdf(double x) const override {
    if (x < shift_) return 0;
    return scale_ == 0 ? 1 : -portable_expm1(-(x - shift_) / scale_);
  }
  double quantile(double p) const override {
    if (scale_ == 0) return shift_;
    return p == 1 ? std::numeric_limits<double>::infinity() : shift_ - scale_ * portable_log1p(-p);
  }
  double upper_quantile(double q) const override {
    if (scale_ == 0) return shift_;
    return q == 0 ? std::numeric_limits<double>::infinity() : shift_ - scale_ * portable_log(q);
  }
  std::vector<double> atoms() const override { return scale_ == 0 ? std::vector{shift_} : std::vector<double>(); }

 private:
  double shift_;
  double scale_;  // the mean of the memoryless part; 0 leaves the shift alone
};

double read_scale(const DistributionParameters& parameters) {
  return parameters.states_first("mean", "rate") ? parameters.value("mean") : 1 / parameters.rate("rate");
}

}  // namespace

LawPointer read_exponential(const DistributionParameters& parameters) {
  return std::make_shared<ExponentialLaw>(0, read_scale(parameters));
}

LawPointer read_shifted_exponential(const DistributionParameters& parameters) {
  return std::make_shared<ExponentialLaw>(parameters.value("shift"), read_scale(parameters));
}

}  // namespace lockstep
