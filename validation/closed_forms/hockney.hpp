#pragma once

#include <bit>
#include <cstdint>

#include "base/quantity.hpp"

// What closed forms are written in.
namespace lockstep::validation {

// Seconds for each byte: the inverse of a bandwidth.
using Pace = Quantity<1, -1, 0>;

constexpr Pace pace(Bandwidth bandwidth) {
  return 1.0 / bandwidth;
}

// What one message costs, in the letters of the literature (Hockney 1994): a message of m bytes takes α + mβ, and to
// combine it with one's own data takes mγ.
struct Hockney {
  Seconds alpha;
  Pace beta;
  Pace gamma = {};
};

constexpr bool is_power_of_two(std::uint32_t members) {
  return std::has_single_bit(members);
}
// ⌊lg p⌋ and ⌈lg p⌉ of p ≥ 1.
constexpr std::uint32_t floor_lg(std::uint32_t members) {
  return static_cast<std::uint32_t>(std::bit_width(members)) - 1;
}
constexpr std::uint32_t ceil_lg(std::uint32_t members) {
  return static_cast<std::uint32_t>(std::bit_width(members - 1));
}

}  // namespace lockstep::validation
