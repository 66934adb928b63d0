#include "topology/routing/dimension_order_router.hpp"

#include "base/error.hpp"
#include "topology/fleet_graph.hpp"
#include "topology/routing/route_links.hpp"

namespace lockstep::topology {
namespace {

constexpr std::uint32_t nowhere = 0xffffffff;

std::vector<VertexId> grid_points(const Fleet& fleet) {
  std::vector<VertexId> switches, nics;
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    const Vertex& vertex = fleet.vertices()[v];
    if (vertex.kind == VertexKind::network_switch && !vertex.place.node) switches.emplace_back(v);
    if (vertex.kind == VertexKind::nic) nics.emplace_back(v);
  }
  if (!switches.empty()) return switches;
  if (!nics.empty()) return nics;
  return {fleet.devices().begin(), fleet.devices().end()};
}

}  // namespace

DimensionOrderRouter::DimensionOrderRouter(const Fleet& fleet, std::vector<std::uint32_t> dimensions,
                                           std::vector<bool> wrap)
    : dimensions_(std::move(dimensions)), wrap_(std::move(wrap)), points_(grid_points(fleet)) {
  std::uint64_t product = 1;
  for (const std::uint32_t length : dimensions_) {
    stride_.push_back(static_cast<std::uint32_t>(product));
    product *= length;
    if (product > points_.size()) break;
  }
  wrap_.resize(dimensions_.size(), false);
  if (dimensions_.empty() || product != points_.size() || stride_.size() != dimensions_.size()) {
    throw InputError(
        {.where = fleet.name(),
         .problem = "dimension-order routing needs dimensions that multiply to the number of grid points (" +
                    std::to_string(points_.size()) + ")",
         .suggestion = "choose another \"routing\""});
  }
  point_of_.assign(fleet.vertices().size(), nowhere);
  std::vector<bool> is_point(point_of_.size(), false);
  for (std::size_t p = 0; p < points_.size(); ++p) {
    point_of_[points_[p].value()] = static_cast<std::uint32_t>(p);
    is_point[points_[p].value()] = true;
  }
  for (std::size_t v = 0; v < point_of_.size(); ++v) {
    if (is_point[v]) continue;
    for (const LinkId id : fleet.graph().out_links(VertexId(v))) {
      const std::uint32_t neighbour = fleet.link(id).to.value();
      if (is_point[neighbour] && point_of_[v] == nowhere) point_of_[v] = point_of_[neighbour];
    }
  }
}

bool DimensionOrderRouter::correct_dimension(const Fleet& fleet, std::size_t dimension, std::uint32_t& at,
                                             std::uint32_t to, std::vector<LinkId>& route) const {
  const std::uint32_t length = dimensions_[dimension];
  const std::uint32_t stride = stride_[dimension];
  const std::uint32_t goal = coordinate(to, dimension);
  while (coordinate(at, dimension) != goal) {
    const std::uint32_t here = coordinate(at, dimension);
    const std::uint32_t base = at - here * stride;
    const std::uint32_t upwards = (goal + length - here) % length;
    const bool up = wrap_[dimension] ? upwards <= length - upwards : goal > here;
    const std::uint32_t neighbour = up ? (here + 1) % length : (here + length - 1) % length;
    for (const std::uint32_t next : {goal, neighbour}) {
      const std::uint32_t point = base + next * stride;
      const auto link = link_between(fleet, points_[at], points_[point]);
      if (!link) continue;
      route.push_back(*link);
      at = point;
      break;
    }
    if (coordinate(at, dimension) == here) return false;
  }
  return true;
}

bool DimensionOrderRouter::append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel,
                                        std::vector<LinkId>& route) const {
  if (from == to) return true;
  std::uint32_t at = point_of_[from.value()];
  const std::uint32_t goal = point_of_[to.value()];
  if (at == nowhere || goal == nowhere) return false;
  const std::size_t before = route.size();
  auto step = [&](VertexId a, VertexId b) {
    const auto link = link_between(fleet, a, b);
    if (link) route.push_back(*link);
    return link.has_value();
  };
  bool found = points_[at] == from || step(from, points_[at]);
  for (std::size_t d = 0; d < dimensions_.size() && found; ++d) found = correct_dimension(fleet, d, at, goal, route);
  found = found && (points_[goal] == to || step(points_[goal], to));
  if (!found) route.resize(before);
  return found;
}

}  // namespace lockstep::topology
