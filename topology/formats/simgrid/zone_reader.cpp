#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/simgrid/draft.hpp"
#include "topology/formats/simgrid/listed_zones.hpp"

namespace lockstep::topology::simgrid {
namespace {

using Kind = OpenZone::Kind;
using Shortfall = Shortfalls::Kind;

constexpr std::array routings = {std::pair{"full", Kind::full},         std::pair{"floyd", Kind::floyd},
                                 std::pair{"dijkstra", Kind::dijkstra}, std::pair{"dijkstracache", Kind::dijkstra},
                                 std::pair{"cluster", Kind::cluster},   std::pair{"vivaldi", Kind::vivaldi},
                                 std::pair{"wifi", Kind::wifi},         std::pair{"none", Kind::none}};

Kind kind_of(const Element& element) {
  const std::string written = element.required("routing");
  const std::string name = lower_case(written);
  for (const auto& [routing, kind] : routings) {
    if (name == routing) return kind;
  }
  element.fail(
      "there is no routing '" + written + "'",
      suggest_name(written, {"Full", "Floyd", "Dijkstra", "DijkstraCache", "Cluster", "Vivaldi", "Wifi", "None"}));
}

bool holds_hosts(const Element& element) {
  for (const Element& child : element.children()) {
    if (child.tag() == "host" || child.tag() == "peer" || child.tag() == "cabinet") return true;
  }
  return false;
}

OpenZone open(Draft& draft, const Element& element, std::optional<ZoneId> parent) {
  OpenZone zone{.id = draft.add_zone(element, parent), .kind = kind_of(element), .name = element.required("id")};
  // The hosts of one zone stand together, unless that would be everybody.
  if (parent && holds_hosts(element)) zone.place.rack = draft.racks++;
  return zone;
}

void read_sub_zone(Draft& draft, const Element& element, OpenZone& zone) {
  if (zone.kind == Kind::cluster || zone.kind == Kind::wifi) {
    element.fail("a zone whose routing is Cluster or Wifi holds hosts, not zones");
  }
  zone.members.push_back({});
  if (element.tag() == "cluster") {
    read_cluster(draft, element, zone.id);
  } else {
    read_zone(draft, element, zone.id);
  }
}

void read_zone_property(Draft& draft, const Element& element, OpenZone& zone) {
  const std::string name = element.required("id");
  if (zone.kind == Kind::wifi && name == "access_point") {
    zone.access_point = element.required("value");
  } else {
    draft.shortfalls.note(Shortfall::property, "'" + name + "' of '" + zone.name + "'");
  }
}

void read_router(Draft& draft, const Element& element, OpenZone& zone) {
  const NetpointId id = draft.add_router(element, zone.id, element.required("id"));
  zone.members.push_back({.vertex = draft.tree.netpoint(id).vertex});
  read_coordinates(draft, element, zone);
}

void read_part(Draft& draft, const Element& element, OpenZone& zone) {
  if (read_what_is_left_out(draft, element) || read_star_part(draft, element, zone) ||
      read_any_route(draft, element, zone)) {
    return;
  }
  const std::string_view tag = element.tag();
  if (tag == "zone" || tag == "AS" || tag == "cluster") return read_sub_zone(draft, element, zone);
  if (tag == "prop") return read_zone_property(draft, element, zone);
  if (tag == "host") return read_host(draft, element, zone);
  if (tag == "router") return read_router(draft, element, zone);
  read_link(draft, element, zone);
}

// Members of a Full zone that no route leads to; SimGrid finds the empty route there.
void note_unrouted_members(Draft& draft, const OpenZone& zone) {
  std::vector<bool> routed(zone.members.size());
  for (const auto& route : zone.routes.all()) routed[route.from] = routed[route.to] = true;
  const auto unrouted = std::find(routed.begin(), routed.end(), false);
  if (routed.size() > 1 && unrouted != routed.end()) draft.shortfalls.note(Shortfall::free_steps, zone.name);
}

std::unique_ptr<const ZoneRouting> routing_of(Draft& draft, OpenZone& zone) {
  const auto members = static_cast<std::uint32_t>(zone.members.size());
  switch (zone.kind) {
    case Kind::full:
      note_unrouted_members(draft, zone);
      return full_routing(std::move(zone.routes));
    case Kind::floyd:
      if (members <= most_floyd_members) return floyd_routing(std::move(zone.routes), members);
      draft.shortfalls.note(Shortfall::floyd_ties, zone.name);
      return dijkstra_routing(std::move(zone.routes));
    case Kind::dijkstra:
      return dijkstra_routing(std::move(zone.routes));
    case Kind::cluster:
    case Kind::vivaldi:
    case Kind::wifi:
      return close_star(draft, zone);
    case Kind::none:
      if (members > 1) draft.shortfalls.note(Shortfall::no_routing, zone.name);
      return nullptr;
  }
  return nullptr;
}

}  // namespace

void read_zone(Draft& draft, const Element& element, std::optional<ZoneId> parent) {
  OpenZone zone = open(draft, element, parent);
  for (const Element& child : element.children()) {
    located(child, [&] { read_part(draft, child, zone); });
  }
  located(element, [&] { draft.tree.set_routing(zone.id, routing_of(draft, zone)); });
}

}  // namespace lockstep::topology::simgrid
