#include "topology/formats/simgrid/zone_tree.hpp"

#include <algorithm>

namespace lockstep::topology::simgrid {

// Where a route crosses from one branch of the tree to another.
struct ZoneTree::Crossing {
  ZoneId common;  // the deepest zone that holds both ends
  ZoneId from_side,
      to_side;  // its children on the way to either end; `common` itself for an end that it holds directly
};

ZoneId ZoneTree::add_zone(std::string name, std::optional<ZoneId> parent) {
  const ZoneId id(zones_.size());
  const NetpointId netpoint(netpoints_.size());
  netpoints_.push_back({.kind = Netpoint::Kind::zone, .inside = parent, .zone = id});
  Zone zone{.name = std::move(name), .parent = parent, .netpoint = netpoint};
  if (parent) {
    Zone& above = zones_[parent->value()];
    zone.depth = above.depth + 1;
    netpoints_.back().rank = above.members++;
  }
  zones_.push_back(std::move(zone));
  return id;
}

NetpointId ZoneTree::add_host_or_router(Netpoint::Kind kind, ZoneId inside, VertexId vertex) {
  netpoints_.push_back({.kind = kind, .inside = inside, .rank = zones_[inside.value()].members++, .vertex = vertex});
  return NetpointId(netpoints_.size() - 1);
}

void ZoneTree::set_routing(ZoneId zone, std::unique_ptr<const ZoneRouting> routing) {
  zones_[zone.value()].routing = std::move(routing);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved from
bool ZoneTree::add_bypass(ZoneId zone, NetpointId from, NetpointId to, LocalRoute route) {
  return zones_[zone.value()].bypasses.try_emplace({from, to}, std::move(route)).second;
}

bool ZoneTree::holds(ZoneId zone, NetpointId netpoint) const {
  for (auto inside = netpoints_[netpoint.value()].inside; inside; inside = zones_[inside->value()].parent) {
    if (*inside == zone) return true;
  }
  return false;
}

std::optional<ZoneTree::Crossing> ZoneTree::crossing(NetpointId from, NetpointId to) const {
  ZoneId a = *netpoint(from).inside;
  ZoneId b = *netpoint(to).inside;
  if (a == b) return Crossing{a, a, a};
  ZoneId below_a = a;
  ZoneId below_b = b;
  while (a != b) {
    const bool lift_a = zone(a).depth >= zone(b).depth;
    const bool lift_b = zone(b).depth >= zone(a).depth;
    if (!zone(a).parent && !zone(b).parent) return std::nullopt;
    if (lift_a) below_a = std::exchange(a, *zone(a).parent);
    if (lift_b) below_b = std::exchange(b, *zone(b).parent);
  }
  // SimGrid has no route between a host and one in a zone beside it: zones hold either hosts or zones.
  if (a == netpoint(from).inside || a == netpoint(to).inside) return std::nullopt;
  return Crossing{a, below_a, below_b};
}

const std::pair<const std::pair<NetpointId, NetpointId>, LocalRoute>* ZoneTree::find_bypass(const Crossing& crossing,
                                                                                            NetpointId from,
                                                                                            NetpointId to) const {
  const auto& bypasses = zone(crossing.common).bypasses;
  if (bypasses.empty()) return nullptr;
  const auto look_up = [&](NetpointId a, NetpointId b) {
    const auto found = bypasses.find({a, b});
    return found == bypasses.end() ? nullptr : &*found;
  };
  if (crossing.from_side == crossing.to_side) return look_up(from, to);
  // The zones around either end, from the innermost to the child of the common zone.
  const auto zones_around = [&](NetpointId end) {
    std::vector<NetpointId> around;
    for (ZoneId z = *netpoint(end).inside; z != crossing.common; z = *zone(z).parent) {
      around.push_back(zone(z).netpoint);
    }
    return around;
  };
  const auto from_zones = zones_around(from);
  const auto to_zones = zones_around(to);
  const auto at = [&](std::size_t i, std::size_t j) {
    return i < from_zones.size() && j < to_zones.size() ? look_up(from_zones[i], to_zones[j]) : nullptr;
  };
  // SimGrid's order of preference: the innermost zones first.
  for (std::size_t outer = 0; outer < std::max(from_zones.size(), to_zones.size()); ++outer) {
    for (std::size_t inner = 0; inner < outer; ++inner) {
      if (const auto* found = at(inner, outer)) return found;
      if (const auto* found = at(outer, inner)) return found;
    }
    if (const auto* found = at(outer, outer)) return found;
  }
  return nullptr;
}

bool ZoneTree::append_with_gateways(NetpointId from, NetpointId to, const LocalRoute& route,
                                    std::vector<LinkId>& links) const {
  const bool reaches_gateway =
      !route.gateways || route.gateways->from == from || append_route(from, route.gateways->from, links);
  if (!reaches_gateway) return false;
  links.insert(links.end(), route.links.begin(), route.links.end());
  return !route.gateways || route.gateways->to == to || append_route(route.gateways->to, to, links);
}

bool ZoneTree::append_route(NetpointId from, NetpointId to, std::vector<LinkId>& links) const {
  const auto where = crossing(from, to);
  if (!where) return false;
  if (const auto* bypass = find_bypass(*where, from, to)) return append_with_gateways(from, to, bypass->second, links);
  const Zone& common = zone(where->common);
  if (common.routing == nullptr) return false;
  LocalRoute route;
  if (where->from_side == where->to_side) {
    if (!common.routing->find(*this, netpoint(from), netpoint(to), route)) return false;
    links.insert(links.end(), route.links.begin(), route.links.end());
    return true;
  }
  const auto& from_zone = netpoint(zone(where->from_side).netpoint);
  const auto& to_zone = netpoint(zone(where->to_side).netpoint);
  if (!common.routing->find(*this, from_zone, to_zone, route) || !route.gateways) return false;
  return append_with_gateways(from, to, route, links);
}

}  // namespace lockstep::topology::simgrid
