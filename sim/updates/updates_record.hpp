#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/quantity.hpp"

// What is kept of a run of updates.
namespace lockstep::sim {

// For how long something has been busy.
class BusyTime {
 public:
  void begin(Seconds now) { since_ = now; }
  void end(Seconds now) {
    total_ = until(now);
    since_.reset();
  }
  // Also of what it is still at.
  Seconds until(Seconds now) const { return since_ ? total_ + (now - *since_) : total_; }

 private:
  Seconds total_;
  std::optional<Seconds> since_;
};

// How often each staleness came up: the number of updates between a gradient's weights and its own update. Bins become
// wider as values grow, so that a few hundred suffice.
class StalenessCounts {
 public:
  void add(std::uint64_t staleness);

  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  std::uint64_t max() const { return max_; }
  // Bin i counts from i * bin_width() on.
  std::uint64_t bin_width() const { return bin_width_; }
  const std::vector<std::uint64_t>& bins() const { return bins_; }

 private:
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t bin_width_ = 1;
  std::vector<std::uint64_t> bins_;
};

// Of the updates after the warm-up.
struct UpdatesRecord {
  Seconds from;  // when the warm-up was over
  Seconds end;   // the time of the last update
  std::uint64_t updates = 0;
  std::uint64_t gradients = 0;  // that updates took
  std::uint64_t cancelled = 0;  // gradients that came to nothing
  StalenessCounts staleness;
  double worker_idle = 0;         // share of the workers' time in which they did not compute
  double server_utilization = 0;  // share of the time in which the server served

  // Infinite where no time passes.
  double per_second(std::uint64_t count) const { return static_cast<double>(count) / (end - from).si(); }
};

}  // namespace lockstep::sim
