#pragma once

#include "sim/symmetry/cast.hpp"

namespace lockstep::sim {

// What folds a fleet: a cast, and the routes of all lines.
struct FoldingGround {
  const Cast& cast;
  const RouteTable& routes;
  std::span<const RouteId> of_lines;
  bool shares = true;  // flows slow each other down on channels
};

// A vertex for each class of vertices and a channel for each class of channels. Routes go by the numbers of lines,
// which messages have for tags: the route of a line goes over the channel of a class as often as that many of its flows
// go over each channel of the class.
topology::Fleet folded_fleet(const FoldingGround& ground);

// The same disturbances on the folded fleet; they live no longer than those of the whole one.
Conditions folded_conditions(const FoldingGround& ground, const topology::Fleet& folded);

}  // namespace lockstep::sim
