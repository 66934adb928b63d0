#pragma once

#include <bit>
#include <compare>
#include <cstdint>

namespace lockstep::sim {

// 128 bits that stand for a sequence of numbers, or for a bag of them. Two different ones that look alike are less
// likely than a fault of the machine.
struct Fingerprint {
  std::uint64_t high = 0x9E3779B97F4A7C15U;
  std::uint64_t low = 0xD1B54A32D192ED03U;
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;

  static constexpr std::uint64_t mixed(std::uint64_t bits) {
    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31);
  }

  // Of sequences: the order counts.
  void append(std::uint64_t number) {
    high = mixed(high ^ number) + 0x9E3779B97F4A7C15U;
    low = mixed(low + 0xD1B54A32D192ED03U * (number + 1));
  }
  void append(const Fingerprint& one) {
    append(one.high);
    append(one.low);
  }
  void append(double number) { append(std::bit_cast<std::uint64_t>(number)); }

  // Of bags: what was put in can be taken out again.
  void put_in(const Fingerprint& one) {
    high += one.high;
    low += one.low;
  }
  void take_out(const Fingerprint& one) {
    high -= one.high;
    low -= one.low;
  }
};

}  // namespace lockstep::sim
