#include "base/random_stream.hpp"

#include "base/contract.hpp"

namespace lockstep {
namespace {

constexpr std::uint32_t low_half(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
constexpr std::uint32_t high_half(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}
constexpr std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return (std::uint64_t{high} << 32) | low;
}

// FNV-1a, 64 bit (Fowler, Noll, Vo; RFC 9923).
constexpr std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// The output function of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA
// 2014).
constexpr std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Mixing is a bijection: streams that differ in their last index alone never share a number.
constexpr std::uint64_t stream_number(std::string_view name, std::initializer_list<std::uint64_t> indices) {
  std::uint64_t number = hash_of(name);
  for (const std::uint64_t index : indices) number = mixed(number + 0x9e3779b97f4a7c15) ^ mixed(index);
  return number;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = std::uint64_t{0xd2511f53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xcd9e8d57} * counter[2];
    counter = {high_half(b) ^ counter[1] ^ key[0], low_half(b), high_half(a) ^ counter[3] ^ key[1], low_half(a)};
    key = {key[0] + 0x9e3779b9, key[1] + 0xbb67ae85};
  }
  return counter;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::initializer_list<std::uint64_t> indices)
    : seed_(seed), stream_(stream_number(name, indices)) {}

// The seed is the key, the stream the upper half of the counter: streams of one seed are disjoint parts of one
// bijection's range.
RandomStream::result_type RandomStream::operator()() {
  if (has_kept_) {
    has_kept_ = false;
    return kept_;
  }
  const auto block = philox4x32({low_half(next_block_), high_half(next_block_), low_half(stream_), high_half(stream_)},
                                {low_half(seed_), high_half(seed_)});
  ++next_block_;
  kept_ = joined(block[2], block[3]);
  has_kept_ = true;
  return joined(block[0], block[1]);
}

double RandomStream::uniform() {
  return static_cast<double>((*this)() >> 11) * 0x1p-53;
}

std::uint64_t RandomStream::below(std::uint64_t end) {
  LOCKSTEP_REQUIRE(end > 0);
  // The first 2^64 mod end numbers would make the small results likelier.
  const std::uint64_t surplus = (0 - end) % end;
  std::uint64_t draw = (*this)();
  while (draw < surplus) draw = (*this)();
  return draw % end;
}

}  // namespace lockstep
