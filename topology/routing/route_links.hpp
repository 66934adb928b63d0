#pragma once

#include <cstdint>
#include <optional>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// The first link from one vertex straight to another.
std::optional<LinkId> link_between(const Fleet& fleet, VertexId from, VertexId to);

// Mixes what a switch's ECMP hash sees into 64 well-spread bits (the finalizer of SplitMix64, Steele et al. 2014).
constexpr std::uint64_t mixed(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

}  // namespace lockstep::topology
