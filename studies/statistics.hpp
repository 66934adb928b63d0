#pragma once

#include <cstddef>
#include <optional>
#include <span>

// What a sample says of what it was drawn from.
namespace lockstep::studies {

struct Interval {
  double low = 0;
  double high = 0;
};

struct Summary {
  std::size_t count = 0;
  double mean = 0;
  // Of a single value there is no spread; of one that is known never to vary it is 0.
  std::optional<double> stddev = {};  // of what the sample is from: over count - 1
  std::optional<Interval> ci95 = {};  // of the mean
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  double min = 0;
  double max = 0;
};

// Requires at least one value.
Summary summary_of(std::span<const double> sample);
// Of a value that never varies.
Summary known_for_sure(Summary of_one_value);

// The value below which that share of a sorted sample lies, interpolated between the two values next to it: the first
// value is the 0-quantile, the last the 1-quantile, the others evenly between (type 7 of Hyndman and Fan, "Sample
// quantiles in statistical packages", 1996; the default of NumPy and R). Requires a value, and 0 <= share <= 1.
double quantile(std::span<const double> sorted, double share);

// Half of the interval that holds the mean with 95 % confidence, from Student's t. Requires count >= 2.
double half_width95(double stddev, std::size_t count);

// Mean and spread of what comes one by one (Welford, Technometrics 4, 1962).
class RunningMean {
 public:
  void add(double value);
  std::size_t count() const { return count_; }
  double mean() const { return mean_; }
  // Absent of fewer than two values.
  std::optional<double> stddev() const;
  // Half of the 95 % interval as a share of the mean; absent of fewer than two values.
  std::optional<double> precision() const;

 private:
  std::size_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean
};

}  // namespace lockstep::studies
