#pragma once

#include "sim/engines/route_table.hpp"
#include "sim/symmetry/program_graph.hpp"

namespace lockstep::sim {

// Things sorted into classes, both by number.
struct Classes {
  std::vector<std::uint32_t> of;     // of each thing
  std::vector<std::uint32_t> first;  // of each class its first thing, which stands for all of them
  std::vector<std::uint32_t> sizes;  // of each class

  bool is_first(std::uint32_t thing) const { return first[of[thing]] == thing; }
};

// Which routes the lines of a program take.
std::vector<RouteId> routes_of(const ProgramGraph& graph, RouteTable& routes);

// The coarsest partition of actors, vertices, channels and scenes in which all of a class are equal and have to do with
// equals in the same way (docs/folding.md).
struct Partition {
  Classes actors;
  Classes vertices;
  Classes channels;
  Classes scenes;
};
// `shares` says whether flows slow each other down on channels.
struct PartitionGround {
  const RouteTable& routes;
  std::span<const RouteId> of_lines;
  bool shares = true;
};
Partition partition(const ProgramGraph& graph, const PartitionGround& ground);

}  // namespace lockstep::sim
