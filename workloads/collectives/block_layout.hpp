#pragma once

#include <optional>

#include "workloads/step_program/op.hpp"

namespace lockstep::workloads {

// How the data of a collective is cut into blocks: `rows` vectors of equal size, each cut into the same blocks,
// numbered through. Blocks are equal real parts, or whole elements, where the first (elements mod blocks) are one
// larger.
class BlockLayout {
 public:
  BlockLayout() = default;
  // `element`: the vector is a whole number of them. Requires blocks > 0.
  BlockLayout(Bytes vector, std::uint32_t blocks, std::optional<Bytes> element = {}, std::uint32_t rows = 1);
  // Blocks of these sizes.
  static BlockLayout of_sizes(const std::vector<Bytes>& sizes);

  std::uint32_t blocks() const { return blocks_ * rows_; }
  Bytes size(BlockRange range) const;

 private:
  Bytes before(std::uint32_t block) const;  // in all blocks of lower number

  Bytes vector_;
  std::uint32_t blocks_ = 1;  // of one vector
  std::uint32_t rows_ = 1;
  std::optional<Bytes> element_;
  std::vector<Bytes> listed_;  // of_sizes: those
};

}  // namespace lockstep::workloads
