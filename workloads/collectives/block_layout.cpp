#include "workloads/collectives/block_layout.hpp"

#include <algorithm>
#include <cmath>

#include "base/contract.hpp"

namespace lockstep::workloads {

BlockLayout::BlockLayout(Bytes vector, std::uint32_t blocks, std::optional<Bytes> element, std::uint32_t rows)
    : vector_(vector), blocks_(blocks), rows_(rows), element_(element) {
  LOCKSTEP_REQUIRE(blocks > 0 && rows > 0);
}

BlockLayout BlockLayout::of_sizes(const std::vector<Bytes>& sizes) {
  BlockLayout layout;
  layout.blocks_ = static_cast<std::uint32_t>(sizes.size());
  layout.listed_.resize(sizes.size() + 1);
  for (std::size_t i = 0; i < sizes.size(); ++i) layout.listed_[i + 1] = layout.listed_[i] + sizes[i];
  return layout;
}

Bytes BlockLayout::before(std::uint32_t block) const {
  if (!listed_.empty()) return listed_[block];
  const double elements = std::round(vector_ / *element_);
  const double least = std::floor(elements / blocks_);  // in every block
  const double larger = elements - least * blocks_;     // so many blocks have one more
  const std::uint32_t in_row = block % blocks_;
  const std::uint32_t rows = block / blocks_;
  return (rows * elements + in_row * least + std::min<double>(in_row, larger)) * *element_;
}

Bytes BlockLayout::size(BlockRange range) const {
  LOCKSTEP_REQUIRE(range.first + range.count <= blocks());
  // Equal parts by one product, as the closed forms have it.
  if (listed_.empty() && !element_) return range.count * (vector_ / blocks_);
  return before(range.first + range.count) - before(range.first);
}

}  // namespace lockstep::workloads
