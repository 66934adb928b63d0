#pragma once

#include <memory>
#include <optional>
#include <vector>

namespace lockstep {

class DistributionParameters;
class RandomStream;

// One family of distributions, its parameters fixed. The contract of each member is that of Distribution.
class ProbabilityLaw {
 public:
  virtual ~ProbabilityLaw() = default;
  virtual double sample(RandomStream& stream) const = 0;
  virtual std::optional<double> mean() const = 0;
  virtual std::optional<double> variance() const = 0;
  virtual double cdf(double x) const = 0;
  virtual double quantile(double p) const = 0;
  virtual double upper_quantile(double q) const = 0;
  virtual std::vector<double> atoms() const { return {}; }
};

using LawPointer = std::shared_ptr<const ProbabilityLaw>;

LawPointer constant_law(double value);

// One reader a distribution; each throws InputError for parameters that make none.
LawPointer read_constant(const DistributionParameters& parameters);
LawPointer read_uniform(const DistributionParameters& parameters);
LawPointer read_exponential(const DistributionParameters& parameters);
LawPointer read_shifted_exponential(const DistributionParameters& parameters);
LawPointer read_normal(const DistributionParameters& parameters);
LawPointer read_lognormal(const DistributionParameters& parameters);
LawPointer read_pareto(const DistributionParameters& parameters);
LawPointer read_weibull(const DistributionParameters& parameters);
LawPointer read_bernoulli(const DistributionParameters& parameters);
LawPointer read_empirical(const DistributionParameters& parameters);

}  // namespace lockstep
