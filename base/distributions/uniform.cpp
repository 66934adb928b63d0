#include <algorithm>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

class UniformLaw final : public ProbabilityLaw {
 public:
  UniformLaw(double low, double high) : low_(low), high_(high) {}

  double sample(RandomStream& stream) const override { return quantile(stream.uniform()); }
  std::optional<double> mean() const override { return low_ + (high_ - low_) / 2; }
  std::optional<double> variance() const override { return (high_ - low_) * (high_ - low_) / 12; }
  double cdf(double x) const override {
    if (x >= high_) return 1;
    return std::max(0.0, (x - low_) / (high_ - low_));
  }
  double quantile(double p) const override { return p == 1 ? high_ : low_ + p * (high_ - low_); }
  double upper_quantile(double q) const override { return q == 1 ? low_ : high_ - q * (high_ - low_); }
  std::vector<double> atoms() const override { return low_ == high_ ? std::vector{low_} : std::vector<double>(); }

 private:
  double low_;
  double high_;
};

}  // namespace

LawPointer read_uniform(const DistributionParameters& parameters) {
  const double low = parameters.value("low");
  const double high = parameters.value("high");
  if (low > high) parameters.fields().fail("low", "must not be above 'high'");
  return std::make_shared<UniformLaw>(low, high);
}

}  // namespace lockstep
