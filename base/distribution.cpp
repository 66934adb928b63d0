#include "base/distribution.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/contract.hpp"
#include "base/distributions/laws.hpp"
#include "base/distributions/parameters.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"

namespace lockstep {
namespace {

constexpr std::array table = {
    NamedEntry<DistributionReader>{"constant", "Always `value`.", read_constant},
    NamedEntry<DistributionReader>{"uniform", "Evenly between `low` and `high`.", read_uniform},
    NamedEntry<DistributionReader>{"exponential", "Memoryless, with a `mean` or a `rate`.", read_exponential},
    NamedEntry<DistributionReader>{"shifted_exponential", "`shift`, and an exponential part with a `mean` or a `rate`.",
                                   read_shifted_exponential},
    NamedEntry<DistributionReader>{
        "normal", "Normal with `mean` and `stddev`, cut off below `low` (by default 0) and above `high`.", read_normal},
    NamedEntry<DistributionReader>{"lognormal",
                                   "The logarithm is normal: `mu` (of seconds), `median` or `mean`, with `sigma`; or "
                                   "`mean` with `stddev`.",
                                   read_lognormal},
    NamedEntry<DistributionReader>{"pareto", "At least `scale`, with a tail that falls as x^-`shape`.", read_pareto},
    NamedEntry<DistributionReader>{"weibull",
                                   "Lives of parts: a `shape` below 1 for early failures, above 1 for wear; with a "
                                   "`scale` or a `mean`.",
                                   read_weibull},
    NamedEntry<DistributionReader>{
        "bernoulli", "`value` with `probability`, else `otherwise` (by default no delay, or a factor of 1).",
        read_bernoulli},
    NamedEntry<DistributionReader>{"empirical", "One of the measured `values`, evenly or by their `weights`.",
                                   read_empirical},
};

// Beyond this, sums and squares of draws would overflow.
constexpr double largest_value = 1e150;

void check_range(const ProbabilityLaw& law, const JsonFields& fields) {
  // The chance of a draw beyond is 2^-53; no tail that passes here reaches the largest double in practice.
  const bool draws_fit = law.quantile(1 - 0x1p-53) <= largest_value;
  const bool moments_fit = std::isfinite(law.mean().value_or(0)) && std::isfinite(law.variance().value_or(0));
  if (draws_fit && moments_fit) return;
  fields.fail("", "the tail of this distribution reaches beyond what can be computed",
              "choose a lighter tail or smaller parameters");
}

std::string example(Dimension dimension) {
  return dimension == Dimension::time
             ? R"(write for example "2 ms" or {"distribution": "exponential", "mean": "2 ms"})"
             : R"(write for example 1.5 or {"distribution": "uniform", "low": 1, "high": 1.5})";
}

}  // namespace

Distribution::Distribution(std::shared_ptr<const ProbabilityLaw> law) : law_(std::move(law)) {
  LOCKSTEP_REQUIRE(law_ != nullptr);
}

Distribution Distribution::constant(double value) {
  return Distribution(constant_law(value));
}

double Distribution::sample(RandomStream& stream) const {
  return law_->sample(stream);
}

std::optional<double> Distribution::mean() const {
  return law_->mean();
}

std::optional<double> Distribution::variance() const {
  return law_->variance();
}

double Distribution::cdf(double x) const {
  return law_->cdf(x);
}

double Distribution::quantile(double p) const {
  LOCKSTEP_REQUIRE(p >= 0 && p <= 1);
  return law_->quantile(p);
}

double Distribution::upper_quantile(double q) const {
  LOCKSTEP_REQUIRE(q >= 0 && q <= 1);
  return law_->upper_quantile(q);
}

double Distribution::minimum() const {
  return law_->quantile(0);
}

std::optional<double> Distribution::maximum() const {
  const double most = law_->quantile(1);
  return std::isfinite(most) ? std::optional(most) : std::nullopt;
}

std::vector<double> Distribution::atoms() const {
  return law_->atoms();
}

Distribution read_distribution(const JsonFields& fields, Dimension dimension) {
  const auto name = fields.required<std::string>("distribution");
  const auto& entry = find_entry(distribution_table(), name, "distribution", fields.where("distribution"));
  std::shared_ptr<const ProbabilityLaw> law = entry.function(DistributionParameters(fields, dimension));
  fields.reject_unknown();
  check_range(*law, fields);
  return Distribution(std::move(law));
}

Distribution read_distribution(const JsonFields& fields, const std::string& key, Dimension dimension) {
  const Json& value = fields.required_raw(key);
  if (value.is_object()) return read_distribution(fields.object(key), dimension);
  if (!value.is_string() && !value.is_number()) {
    fields.fail(key, "must be a value or a distribution", example(dimension));
  }
  const double constant = DistributionParameters(fields, dimension).value(key);
  if (constant > largest_value) fields.fail(key, "is larger than anything that can be simulated");
  return Distribution::constant(constant);
}

std::span<const NamedEntry<DistributionReader>> distribution_table() {
  return table;
}

}  // namespace lockstep
