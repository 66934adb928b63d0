#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "topology/formats/simgrid/star_zone.hpp"

namespace lockstep::topology::simgrid {

// Of a peer in Vivaldi's space: a place in the plane and a height above it, all in milliseconds.
struct Coordinates {
  double x, y, height;
};

// Every pair of peers takes an edge of its own.
constexpr std::ptrdiff_t most_vivaldi_peers = 500;

// SimGrid's VivaldiZone: the private links of both ends, and between them the latency that their coordinates stand for.
// SimGrid adds it without a link; a fleet has latencies on links only, so that routes here have one more in the middle,
// wide enough for everybody.
std::unique_ptr<const ZoneRouting> vivaldi_routing(Wiring& wiring, const std::string& zone,
                                                   std::span<const StarMember> members,
                                                   std::span<const std::optional<Coordinates>> coordinates);

}  // namespace lockstep::topology::simgrid
