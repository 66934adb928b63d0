#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace lockstep::workloads {

// The binomial tree over places 0 (the root) to members - 1: a place's parent is the one without its lowest bit, so a
// subtree is a row of places.
struct BinomialTree {
  std::uint32_t members = 0;

  // Of the subtree.
  std::uint32_t size(std::uint32_t place) const {
    return place == 0 ? members : std::min(place & (0 - place), members - place);
  }
  std::uint32_t parent(std::uint32_t place) const { return place & (place - 1); }
  std::uint32_t children(std::uint32_t place) const {
    return static_cast<std::uint32_t>(std::bit_width(size(place) - 1));
  }
  // From the nearest on, which has the smallest subtree.
  std::uint32_t child(std::uint32_t place, std::uint32_t number) const { return place + (1U << number); }
};

}  // namespace lockstep::workloads
