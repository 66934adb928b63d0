#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/named_table.hpp"

namespace lockstep {

class DistributionParameters;
class JsonFields;
class ProbabilityLaw;
class RandomStream;

// What a distribution's values are: times, written with a unit and held in seconds, or factors, plain numbers.
enum class Dimension : std::uint8_t { time, factor };

// How a time or a factor varies. Immutable, and copies share their law. No draw is negative or infinite.
class Distribution {
 public:
  explicit Distribution(std::shared_ptr<const ProbabilityLaw> law);
  static Distribution constant(double value);

  // Draws depend on the stream alone, to the last bit.
  double sample(RandomStream& stream) const;

  // Absent where the integral diverges (Pareto with a shape of at most 1; at most 2 for the variance).
  std::optional<double> mean() const;
  std::optional<double> variance() const;
  // The probability of a draw of at most x.
  double cdf(double x) const;
  // The smallest value that a draw stays at or below with probability p; infinite for p = 1 without a maximum.
  // Requires 0 <= p <= 1.
  double quantile(double p) const;
  // quantile(1 - q), exact where 1 - q has lost the digits of q: in the upper tail.
  double upper_quantile(double q) const;
  double minimum() const;
  std::optional<double> maximum() const;
  // The values of a distribution that has finitely many, rising; none of one that is continuous.
  std::vector<double> atoms() const;

 private:
  std::shared_ptr<const ProbabilityLaw> law_;
};

// Reads {"distribution": "uniform", "low": "1 ms", "high": "3 ms"} and refuses unknown keys. Throws InputError.
Distribution read_distribution(const JsonFields& fields, Dimension dimension);
// Reads the distribution under `key`, where a bare "2 ms" (or 1.5, of factors) is a constant.
Distribution read_distribution(const JsonFields& fields, const std::string& key, Dimension dimension);

// The catalogue of distributions.
using DistributionReader = std::shared_ptr<const ProbabilityLaw> (*)(const DistributionParameters&);
std::span<const NamedEntry<DistributionReader>> distribution_table();

}  // namespace lockstep
