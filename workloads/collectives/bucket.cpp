#include "workloads/collectives/bucket.hpp"

#include <algorithm>
#include <numeric>

#include "workloads/collectives/dimension_rings.hpp"
#include "workloads/collectives/request_checks.hpp"

namespace lockstep::workloads {
namespace {

std::string text_of(const std::vector<std::uint32_t>& sides) {
  std::string text;
  for (const std::uint32_t side : sides) text += (text.empty() ? "" : "x") + std::to_string(side);
  return text;
}

// The sides that the user stated, or those of the fleet when its devices are the grid and all of them take part.
std::vector<std::uint32_t> find_sides(const CollectiveRequest& request, const CollectiveGround& ground) {
  if (!request.dimensions.empty()) return request.dimensions;
  const topology::RoutingSpec& routing = ground.fleet.routing();
  const std::string needed = "algorithm '" + request.algorithm + "' needs to know the grid that the ranks stand on";
  const std::string suggestion = "state it, for example \"dimensions\": [4, 4], first coordinate fastest";
  if (routing.kind != topology::RoutingSpec::Kind::dimension_order) {
    refuse(request, needed + ", and the fleet is neither a torus nor a mesh", suggestion);
  }
  if (!std::ranges::equal(ground.members, ground.fleet.devices())) {
    refuse(request, needed + ": of a torus or mesh they must be all devices, in order", suggestion);
  }
  return routing.dimensions;
}

MemberGrid find_grid(const CollectiveRequest& request, const CollectiveGround& ground) {
  MemberGrid grid;
  const std::vector<std::uint32_t> sides = find_sides(request, ground);
  std::uint64_t points = 1;
  for (const std::uint32_t side : sides) {
    points *= side;
    if (points > ground.members.size()) break;
    if (side > 1) grid.sides.push_back(side);
  }
  if (points != ground.members.size()) {
    refuse(request,
           "a grid of " + text_of(sides) + " does not hold exactly " + std::to_string(ground.members.size()) + " ranks",
           "make the product of \"dimensions\" the number of ranks");
  }
  grid.member_at.resize(ground.members.size());
  std::iota(grid.member_at.begin(), grid.member_at.end(), 0U);
  return grid;
}

std::vector<std::uint32_t> dimensions_from(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(first), order.end());
  return order;
}

std::vector<RingTour> tours_over_all_ports(const MemberGrid& grid) {
  std::vector<RingTour> tours;
  for (std::size_t first = 0; first < grid.sides.size(); ++first) {
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      tours.push_back({dimensions_from(first, grid.sides.size()), direction});
    }
  }
  return tours;
}

}  // namespace

PlanPointer plan_bucket(const CollectiveRequest& request, const CollectiveGround& ground) {
  MemberGrid grid = find_grid(request, ground);
  auto tours = equal_tours(request, dimensions_from(0, grid.sides.size()));
  return plan_dimension_rings(request, std::move(grid), std::move(tours));
}

PlanPointer plan_bucket_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  MemberGrid grid = find_grid(request, ground);
  auto tours = equal_tours(request, dimensions_from(0, grid.sides.size()));
  return plan_dimension_ring_flows(request, std::move(grid), std::move(tours));
}

PlanPointer plan_bucket_all_ports(const CollectiveRequest& request, const CollectiveGround& ground) {
  MemberGrid grid = find_grid(request, ground);
  auto tours = tours_over_all_ports(grid);
  return plan_dimension_rings(request, std::move(grid), std::move(tours));
}

PlanPointer plan_bucket_all_ports_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  MemberGrid grid = find_grid(request, ground);
  auto tours = tours_over_all_ports(grid);
  return plan_dimension_ring_flows(request, std::move(grid), std::move(tours));
}

}  // namespace lockstep::workloads
