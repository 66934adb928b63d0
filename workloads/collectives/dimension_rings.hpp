#pragma once

#include "workloads/collectives/algorithms.hpp"

// What bucket and hierarchical algorithms share: the members stand on a grid, and every line of it is a ring.
namespace lockstep::workloads {

struct MemberGrid {
  std::vector<std::uint32_t> sides;      // their product is the number of members
  std::vector<std::uint32_t> member_at;  // of each grid point, first coordinate fastest
};

// One share of the data: it is scattered round the rings of one dimension after the other, and gathered in reverse.
struct RingTour {
  std::vector<std::uint32_t> dimensions;  // each of the grid's once
  Direction direction = Direction::forward;
  std::vector<std::uint32_t> member_at = {};  // of each grid point, where it differs from the grid's
};

// Reduce-scatter, all-gather, or all-reduce (one after the other). Tours are streams beside each other, each with an
// equal part of the data.
PlanPointer plan_dimension_rings(const CollectiveRequest& request, MemberGrid grid, std::vector<RingTour> tours);
// The same with each stage of a tour as one steady flow from each member to the next.
PlanPointer plan_dimension_ring_flows(const CollectiveRequest& request, MemberGrid grid, std::vector<RingTour> tours);

// A tour for every channel of the request, all through the dimensions in this order.
std::vector<RingTour> equal_tours(const CollectiveRequest& request, const std::vector<std::uint32_t>& dimensions);

}  // namespace lockstep::workloads
