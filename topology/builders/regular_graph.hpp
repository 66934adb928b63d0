#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep::topology {

using IndexPair = std::pair<std::uint32_t, std::uint32_t>;

// The edges of a connected simple graph on `vertices` vertices, each of `degree`, drawn from `seed`; absent when none
// was found. Requires degree < vertices (unless there is one vertex) and an even degree x vertices.
std::optional<std::vector<IndexPair>> random_regular_graph(std::size_t vertices, std::size_t degree,
                                                           std::uint64_t seed);

}  // namespace lockstep::topology
