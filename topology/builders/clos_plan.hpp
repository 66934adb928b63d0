#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "topology/builders/builders.hpp"

namespace lockstep::topology {

// The shape of a folded Clos network (an extended generalized fat tree, Öhring et al. 1995): at every level a block of
// switches serves a range of end points, and `down` blocks of one level form a block of the next.
struct ClosPlan {
  struct Level {
    std::size_t down = 0;      // blocks (or end points) below one switch
    std::size_t up = 0;        // cables from one switch to the level above; 0 at the top
    std::size_t parallel = 1;  // how many of those cables lead to the same switch
    double cable_speed = 1;    // of the cables below, relative to the end points' cables
  };
  std::vector<Level> levels;  // leaves first

  // End points below one block of a level.
  std::size_t block(std::size_t level) const;
  std::size_t capacity() const { return block(levels.size() - 1); }
  // Switches at the top of one block of a level.
  std::size_t switches_per_block(std::size_t level) const;
};

// Reads "levels", "radix", "oversubscription", "down", "up" and "parallel"; `end_points` may be absent when the fields
// say it all. Throws InputError for shapes that do not fit together.
ClosPlan read_clos_plan(const JsonFields& fields, std::optional<std::size_t> end_points);

// Switches and cables above the leaves' groups of end points; `leaf_blocks[i]` are the end points under leaf i.
void build_clos(Site& site, const ClosPlan& plan, const std::vector<std::vector<VertexId>>& leaf_blocks);

// Half of the end points against the rest, no level carrying more than its oversubscription allows; absent when the
// blocks do not split into equal halves.
std::optional<KnownBisection> clos_bisection(const Site& site, const ClosPlan& plan, std::size_t end_points);

}  // namespace lockstep::topology
