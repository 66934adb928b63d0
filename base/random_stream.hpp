#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

namespace lockstep {

// One block of Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC11): a
// bijection of counters, keyed, whose outputs pass for random.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// Random numbers of one purpose: "perturbations/compute_jitter" for replica 3, device 17. A stream depends on the seed,
// its name and its indices alone, so a stream that is added, or drawn from more often, changes no other; and it is made
// of integer arithmetic alone, so every machine draws the same. Meets UniformRandomBitGenerator; use it with the
// distributions of Boost.Random, since those of the standard library differ between its vendors.
class RandomStream {
 public:
  using result_type = std::uint64_t;

  RandomStream(std::uint64_t seed, std::string_view name, std::initializer_list<std::uint64_t> indices = {});

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()();

  // A multiple of 2^-53 in [0, 1).
  double uniform();
  // A whole number in [0, end), each equally likely. Requires end > 0.
  std::uint64_t below(std::uint64_t end);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t next_block_ = 0;
  std::uint64_t kept_ = 0;  // the second half of the last block
  bool has_kept_ = false;
};

}  // namespace lockstep
