#include <algorithm>
#include <cmath>
#include <map>

#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

// Finitely many values with their probabilities: constants, coin tosses and measured samples.
class DiscreteLaw final : public ProbabilityLaw {
 public:
  // Weights need not sum to 1; at least one is positive.
  explicit DiscreteLaw(const std::map<double, double>& weight_of_value) {
    double total = 0;
    for (const auto& [value, weight] : weight_of_value) total += weight;
    double sum = 0;
    for (const auto& [value, weight] : weight_of_value) {
      if (weight == 0) continue;
      sum += weight;
      values_.push_back(value);
      cumulative_.push_back(sum / total);
    }
    cumulative_.back() = 1;
    for (std::size_t i = 0; i < values_.size(); ++i) mean_ += probability(i) * values_[i];
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const double deviation = values_[i] - mean_;
      variance_ += probability(i) * deviation * deviation;
    }
  }

  double sample(RandomStream& stream) const override {
    if (values_.size() == 1) return values_.front();
    return at(std::upper_bound(cumulative_.begin(), cumulative_.end(), stream.uniform()));
  }
  std::optional<double> mean() const override { return mean_; }
  std::optional<double> variance() const override { return variance_; }
  double cdf(double x) const override {
    const auto above = std::upper_bound(values_.begin(), values_.end(), x) - values_.begin();
    return above == 0 ? 0 : cumulative_[static_cast<std::size_t>(above) - 1];
  }
  double quantile(double p) const override { return at(std::lower_bound(cumulative_.begin(), cumulative_.end(), p)); }
  double upper_quantile(double q) const override { return quantile(1 - q); }
  std::vector<double> atoms() const override { return values_; }

 private:
  double at(std::vector<double>::const_iterator place) const {
    return values_[static_cast<std::size_t>(place - cumulative_.begin())];
  }
  double probability(std::size_t i) const { return cumulative_[i] - (i == 0 ? 0 : cumulative_[i - 1]); }

  std::vector<double> values_;      // rising
  std::vector<double> cumulative_;  // the probability of at most this value; the last is 1
  double mean_ = 0;
  double variance_ = 0;
};

}  // namespace

LawPointer constant_law(double value) {
  return std::make_shared<DiscreteLaw>(std::map<double, double>{{value, 1}});
}

LawPointer read_constant(const DistributionParameters& parameters) {
  return constant_law(parameters.value("value"));
}

LawPointer read_bernoulli(const DistributionParameters& parameters) {
  const double probability = parameters.number("probability");
  if (probability < 0 || probability > 1) parameters.fields().fail("probability", "must be between 0 and 1");
  const double no_change = parameters.dimension() == Dimension::factor ? 1 : 0;
  std::map<double, double> weights;
  weights[parameters.value("value")] += probability;
  weights[parameters.maybe_value("otherwise").value_or(no_change)] += 1 - probability;
  return std::make_shared<DiscreteLaw>(weights);
}

LawPointer read_empirical(const DistributionParameters& parameters) {
  const JsonFields& fields = parameters.fields();
  const std::vector<double> values = parameters.values("values");
  if (values.empty()) fields.fail("values", "there must be at least one value");
  const auto weights = fields.value_or("weights", std::vector<double>(values.size(), 1.0));
  if (weights.size() != values.size()) {
    fields.fail("weights", "there must be one for each of the " + std::to_string(values.size()) + " values, not " +
                               std::to_string(weights.size()));
  }
  double total = 0;
  std::map<double, double> weight_of_value;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (weights[i] < 0) fields.fail("weights", "none may be negative");
    total += weights[i];
    weight_of_value[values[i]] += weights[i];
  }
  if (total == 0) fields.fail("weights", "at least one must be above 0");
  if (!std::isfinite(total)) fields.fail("weights", "their sum is out of range");
  return std::make_shared<DiscreteLaw>(weight_of_value);
}

}  // namespace lockstep
