#include "studies/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

#include "base/contract.hpp"

namespace lockstep::studies {
namespace {

// In two passes: the second takes up what the first one's rounding left.
double mean_of(std::span<const double> sample) {
  const auto count = static_cast<double>(sample.size());
  double mean = 0;
  for (const double value : sample) mean += value;
  mean /= count;
  double rest = 0;
  for (const double value : sample) rest += value - mean;
  const auto [least, most] = std::minmax_element(sample.begin(), sample.end());
  return std::clamp(mean + rest / count, *least, *most);
}

double stddev_of(std::span<const double> sample, double mean) {
  double squares = 0;
  for (const double value : sample) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(sample.size() - 1));
}

}  // namespace

Summary summary_of(std::span<const double> sample) {
  LOCKSTEP_REQUIRE(!sample.empty());
  std::vector<double> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  Summary summary{.count = sample.size(),
                  .mean = mean_of(sample),
                  .p50 = quantile(sorted, 0.5),
                  .p95 = quantile(sorted, 0.95),
                  .p99 = quantile(sorted, 0.99),
                  .min = sorted.front(),
                  .max = sorted.back()};
  if (sample.size() > 1) {
    summary.stddev = stddev_of(sample, summary.mean);
    const double half = half_width95(*summary.stddev, sample.size());
    summary.ci95 = {summary.mean - half, summary.mean + half};
  }
  return summary;
}

Summary known_for_sure(Summary of_one_value) {
  of_one_value.stddev = 0;
  of_one_value.ci95 = {of_one_value.mean, of_one_value.mean};
  return of_one_value;
}

double quantile(std::span<const double> sorted, double share) {
  LOCKSTEP_REQUIRE(!sorted.empty() && share >= 0 && share <= 1);
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double half_width95(double stddev, std::size_t count) {
  LOCKSTEP_REQUIRE(count >= 2);
  // Boost computes this in long doubles, whose functions are the same on every x86-64 (base/portable_math.hpp).
  const boost::math::students_t distribution(static_cast<double>(count - 1));
  return boost::math::quantile(distribution, 0.975) * stddev / std::sqrt(static_cast<double>(count));
}

void RunningMean::add(double value) {
  ++count_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

std::optional<double> RunningMean::stddev() const {
  if (count_ < 2) return std::nullopt;
  return std::sqrt(squares_ / static_cast<double>(count_ - 1));
}

std::optional<double> RunningMean::precision() const {
  const auto spread = stddev();
  if (!spread) return std::nullopt;
  return *spread == 0 ? 0 : half_width95(*spread, count_) / std::abs(mean_);
}

}  // namespace lockstep::studies
