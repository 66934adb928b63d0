#include "base/random_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace lockstep {
namespace {

static_assert(std::uniform_random_bit_generator<RandomStream>);

// Random123 1.14, tests/kat_vectors, lines "philox4x32 10".
TEST(Philox, MatchesThePublishedVectors) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  // The digits of pi.
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

std::vector<std::uint64_t> first_draws(RandomStream stream, int count) {
  std::vector<std::uint64_t> draws;
  for (int i = 0; i < count; ++i) draws.push_back(stream());
  return draws;
}

// Computed by a second implementation of the published parts, in Python.
TEST(RandomStream, NeverChangesItsDraws) {
  using Draws = std::vector<std::uint64_t>;
  EXPECT_EQ(first_draws(RandomStream(0, "a"), 3),
            (Draws{5767536898891276317U, 6539845271959368368U, 13429186129267364794U}));
  EXPECT_EQ(first_draws(RandomStream(42, "jitter", {3, 17}), 3),
            (Draws{11760341505694594518U, 8868377736028444715U, 14191321346786767997U}));
}

TEST(RandomStream, OneStreamsUseLeavesTheOthersAlone) {
  RandomStream used(7, "a");
  RandomStream other(7, "b");
  const auto expected = first_draws(other, 100);
  for (int i = 0; i < 1000; ++i) used();
  EXPECT_EQ(first_draws(other, 100), expected);
}

TEST(RandomStream, SeedsNamesAndIndicesTellStreamsApart) {
  std::set<std::uint64_t> seen;
  int drawn = 0;
  const auto add = [&](RandomStream stream) {
    for (const std::uint64_t draw : first_draws(stream, 4)) seen.insert(draw), ++drawn;
  };
  for (std::uint64_t seed = 0; seed < 100; ++seed) add(RandomStream(seed, "a"));
  for (const char* name : {"", "b", "ab", "ba", "a/b"}) add(RandomStream(0, name));
  for (std::uint64_t i = 0; i < 100; ++i) {
    add(RandomStream(0, "a", {i}));
    for (std::uint64_t j = 0; j < 100; ++j) add(RandomStream(0, "a", {i, j}));
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(drawn));
}

// 2^16 streams that differ in one index, the first draw of each: the worst case for a weak derivation.
TEST(RandomStream, NeighbouringStreamsLookUnrelated) {
  constexpr int streams = 65536;
  std::vector<double> first;
  for (std::uint64_t i = 0; i < streams; ++i) first.push_back(RandomStream(1, "device", {i}).uniform());
  double product = 0;
  for (std::size_t i = 1; i < first.size(); ++i) product += (first[i] - 0.5) * (first[i - 1] - 0.5);
  // Each product has variance 1/144.
  EXPECT_LT(std::abs(product), 4 * std::sqrt(streams / 144.0));
  std::sort(first.begin(), first.end());
  double distance = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    distance = std::max(distance, std::abs(first[i] - static_cast<double>(i) / streams));
  }
  // Kolmogorov and Smirnov: P(D > 1.95 / sqrt(n)) = 0.001.
  EXPECT_LT(distance, 1.95 / std::sqrt(streams));
}

TEST(RandomStream, EveryBitIsSetHalfTheTime) {
  constexpr int draws = 100'000;
  std::array<int, 64> count{};
  RandomStream stream(2, "bits");
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t draw = stream();
    for (std::size_t bit = 0; bit < 64; ++bit) count[bit] += static_cast<int>((draw >> bit) & 1);
  }
  for (const int set : count) EXPECT_NEAR(set, draws / 2.0, 4.5 * std::sqrt(draws / 4.0));
}

TEST(RandomStream, UniformFillsTheUnitIntervalEvenly) {
  constexpr int draws = 1'000'000, cells = 1000;
  std::vector<int> count(cells);
  RandomStream stream(3, "uniform");
  for (int i = 0; i < draws; ++i) ++count.at(static_cast<std::size_t>(stream.uniform() * cells));
  double chi_squared = 0;
  constexpr double expected = double(draws) / cells;
  for (const int hits : count) chi_squared += (hits - expected) * (hits - expected) / expected;
  // 999 degrees of freedom: within 4 standard deviations of the mean.
  EXPECT_NEAR(chi_squared, cells - 1, 4 * std::sqrt(2.0 * (cells - 1)));
}

TEST(RandomStream, BelowIsEvenAndStaysBelow) {
  constexpr int draws = 70'000;
  std::array<int, 7> count{};
  RandomStream stream(4, "below");
  for (int i = 0; i < draws; ++i) ++count.at(stream.below(7));
  double chi_squared = 0;
  for (const int hits : count) chi_squared += (hits - 1e4) * (hits - 1e4) / 1e4;
  EXPECT_LT(chi_squared, 22.46);  // P = 0.001 at 6 degrees of freedom
  EXPECT_EQ(stream.below(1), 0U);
  // Three quarters of 2^64: without rejection the lower half of the results would come up twice as often.
  constexpr std::uint64_t end = std::uint64_t{3} << 62;
  int low = 0;
  for (int i = 0; i < draws; ++i) low += stream.below(end) < end / 3 ? 1 : 0;
  EXPECT_NEAR(low, draws / 3.0, 4 * std::sqrt(draws * 2 / 9.0));
}

}  // namespace
}  // namespace lockstep
