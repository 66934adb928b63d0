#include "sim/updates/updates_record.hpp"

namespace lockstep::sim {

void StalenessCounts::add(std::uint64_t staleness) {
  constexpr std::uint64_t most_bins = 256;
  ++count_;
  sum_ += static_cast<double>(staleness);
  max_ = std::max(max_, staleness);
  while (staleness / bin_width_ >= most_bins) {
    bin_width_ *= 2;
    for (std::size_t i = 0; i < bins_.size(); ++i) {
      const std::uint64_t moved = bins_[i];
      bins_[i] = 0;
      bins_[i / 2] += moved;
    }
    bins_.resize((bins_.size() + 1) / 2);
  }
  const std::uint64_t bin = staleness / bin_width_;
  if (bin >= bins_.size()) bins_.resize(bin + 1);
  ++bins_[bin];
}

}  // namespace lockstep::sim
