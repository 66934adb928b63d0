#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep::workloads {

// Pieces of data without the numbers: of each, which block it is of and which members' contributions it contains.
class Pieces {
 public:
  static constexpr std::uint32_t no_block = UINT32_MAX;  // of a piece that is not there

  explicit Pieces(std::uint32_t members) : words_((members + 63) / 64) {}

  std::size_t size() const { return blocks_.size(); }
  void resize(std::size_t size) {
    blocks_.resize(size, no_block);
    sets_.resize(size * words_);
  }
  std::uint32_t block(std::size_t piece) const { return piece < size() ? blocks_[piece] : no_block; }
  bool contains(std::size_t piece, std::uint32_t member) const {
    return (sets_[piece * words_ + member / 64] >> (member % 64) & 1) != 0;
  }

  void put(std::size_t piece, std::uint32_t block, std::uint32_t member) {
    blocks_[piece] = block;
    sets_[piece * words_ + member / 64] |= std::uint64_t{1} << (member % 64);
  }
  void append(const Pieces& from, std::size_t piece) {
    resize(size() + 1);
    replace(size() - 1, from, piece);
  }
  void replace(std::size_t piece, const Pieces& from, std::size_t other) {
    blocks_[piece] = from.blocks_[other];
    for (std::size_t word = 0; word < words_; ++word) {
      sets_[piece * words_ + word] = from.sets_[other * words_ + word];
    }
  }
  // Joins the contributions; a member that is in both is returned.
  std::optional<std::uint32_t> combine(std::size_t piece, const Pieces& from, std::size_t other) {
    std::optional<std::uint32_t> doubled;
    for (std::size_t word = 0; word < words_; ++word) {
      std::uint64_t& here = sets_[piece * words_ + word];
      const std::uint64_t there = from.sets_[other * words_ + word];
      for (std::uint32_t bit = 0; bit < 64 && !doubled && (here & there) != 0; ++bit) {
        if (((here & there) >> bit & 1) != 0) doubled = static_cast<std::uint32_t>(word * 64 + bit);
      }
      here |= there;
    }
    return doubled;
  }

 private:
  std::size_t words_;
  std::vector<std::uint32_t> blocks_;
  std::vector<std::uint64_t> sets_;  // of each piece, `words_` words with a bit for each member
};

}  // namespace lockstep::workloads
