#pragma once

#include <cstdint>
#include <span>
#include <vector>

// The coarsest equitable partition of a graph, by colour refinement (Paige and Tarjan 1987; Berkholz, Bonsma and Grohe
// 2017 for graphs with labels).
namespace lockstep::sim {

// The node `to` sees the node `from`, and knows it by `label` among all that it sees. Labels may be equal.
struct Sight {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint64_t label = 0;
};

// Of each node its class, where any two nodes of a class had the same colour to begin with and see, under every label,
// equally many nodes of every class. There is no coarser one. Classes are numbered in the order of their first nodes.
// Takes O(m log n) for n nodes and m sights.
std::vector<std::uint32_t> refine_colours(std::span<const std::uint32_t> colours, std::span<const Sight> sights);

}  // namespace lockstep::sim
