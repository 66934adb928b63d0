#include "workloads/collectives/rail_rings.hpp"

#include "workloads/collectives/member_groups.hpp"

namespace lockstep::workloads {
namespace {

struct Rings {
  MemberGrid grid;  // of one dimension
  std::vector<RingTour> tours;
};

Rings lay_out(const CollectiveRequest& request, const CollectiveGround& ground) {
  const MemberGrid nodes = group_members(request, ground);
  const std::uint32_t each = nodes.sides[0];
  CollectiveRequest channelled = request;
  if (request.channels == 1) channelled.channels = each;
  Rings rings{.grid = {.sides = {each * nodes.sides[1]}, .member_at = nodes.member_at},
              .tours = equal_tours(channelled, {0})};
  for (std::uint32_t tour = 0; tour < rings.tours.size(); ++tour) {
    auto& order = rings.tours[tour].member_at;
    for (std::uint32_t point = 0; point < nodes.member_at.size(); ++point) {
      const std::uint32_t in_node = (point % each + tour) % each;
      order.push_back(nodes.member_at[point - point % each + in_node]);
    }
  }
  return rings;
}

}  // namespace

PlanPointer plan_rail_rings(const CollectiveRequest& request, const CollectiveGround& ground) {
  Rings rings = lay_out(request, ground);
  return plan_dimension_rings(request, std::move(rings.grid), std::move(rings.tours));
}

PlanPointer plan_rail_rings_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  Rings rings = lay_out(request, ground);
  return plan_dimension_ring_flows(request, std::move(rings.grid), std::move(rings.tours));
}

}  // namespace lockstep::workloads
