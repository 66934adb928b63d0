#include <algorithm>

#include "topology/formats/simgrid/draft.hpp"

namespace lockstep::topology::simgrid {
namespace {

using Kind = OpenZone::Kind;

bool lists_routes(Kind kind) {
  return kind == Kind::full || kind == Kind::floyd || kind == Kind::dijkstra;
}

ChannelId channel_of(const Draft& draft, const Element& element, bool backwards) {
  const std::string name = element.required("id");
  const std::string direction = element.choice("direction", {"NONE", "UP", "DOWN"});
  if (direction == "NONE") {
    if (const auto link = draft.wiring.find_link(name)) return *link;
    const bool is_split = draft.wiring.find_split_duplex(name).has_value();
    element.fail("there is no link '" + name + "'", is_split
                                                        ? "it is split in two: add direction=\"UP\" or \"DOWN\""
                                                        : "links must be described before the routes that use them");
  }
  const auto cable = draft.wiring.find_split_duplex(name);
  if (!cable) {
    element.fail("there is no link '" + name + "' with sharing_policy=\"SPLITDUPLEX\"",
                 "only such links have directions");
  }
  return (direction == "UP") != backwards ? cable->up : cable->down;
}

std::vector<ChannelId> channels_of(const Draft& draft, const Element& element, bool backwards) {
  std::vector<ChannelId> channels;
  for (const Element& child : element.children()) channels.push_back(channel_of(draft, child, backwards));
  if (channels.empty()) element.fail("a route needs at least one link");
  if (backwards) std::reverse(channels.begin(), channels.end());
  return channels;
}

Gateways gateways_of(const Draft& draft, const Element& element, NetpointId from, NetpointId to) {
  const auto gateway = [&](const char* attribute, NetpointId zone) {
    const NetpointId id = draft.named(element, attribute);
    if (draft.tree.netpoint(id).kind == Netpoint::Kind::zone) {
      element.fail(std::string(attribute) + " must be a host or a router, not a zone");
    }
    if (!draft.tree.holds(draft.tree.netpoint(zone).zone, id)) {
      element.fail(std::string(attribute) + "=\"" + element.required(attribute) +
                   "\" is not in the zone that it leads out of");
    }
    return id;
  };
  return {gateway("gw_src", from), gateway("gw_dst", to)};
}

NetpointId end_of(const Draft& draft, const Element& element, const char* attribute, bool is_zone) {
  const NetpointId id = draft.named(element, attribute);
  if ((draft.tree.netpoint(id).kind == Netpoint::Kind::zone) != is_zone) {
    element.fail(std::string(attribute) + "=\"" + element.required(attribute) +
                     (is_zone ? "\" is not a zone" : "\" is a zone, not a host or router"),
                 "routes between zones are written <zoneRoute>, all others <route>");
  }
  return id;
}

void require_member(const Draft& draft, const Element& element, const OpenZone& zone, const char* attribute,
                    NetpointId id) {
  if (draft.tree.netpoint(id).inside == zone.id) return;
  element.fail(std::string(attribute) + "=\"" + element.required(attribute) + "\" is not directly in the zone '" +
               zone.name + "'");
}

struct Ends {
  NetpointId from, to;
  std::optional<Gateways> gateways = {};
  Ends backwards() const {
    return {to, from, gateways ? std::optional(Gateways{gateways->to, gateways->from}) : std::nullopt};
  }
};

LocalRoute route_over(Draft& draft, const OpenZone& zone, const Ends& ends, const std::vector<ChannelId>& channels) {
  const Gateways tips = ends.gateways.value_or(Gateways{ends.from, ends.to});
  return {draft.wiring.path(zone.name, draft.tree.netpoint(tips.from).vertex, draft.tree.netpoint(tips.to).vertex,
                            channels),
          ends.gateways};
}

void add_one_way(Draft& draft, const Element& element, OpenZone& zone, const Ends& ends, bool backwards) {
  auto channels = channels_of(draft, element, backwards);
  // SimGrid's Dijkstra zones prepend each listed route link by link, so that its links come out in reverse.
  if (zone.kind == Kind::dijkstra) std::reverse(channels.begin(), channels.end());
  const LocalRoute route = route_over(draft, zone, ends, channels);
  const auto rank = [&](NetpointId id) { return draft.tree.netpoint(id).rank; };
  if (!zone.routes.add(rank(ends.from), rank(ends.to), route.links, ends.gateways)) {
    element.fail("there is a route " + std::string(backwards ? "back " : "") + "between the two already",
                 "routes lead both ways unless symmetrical=\"NO\" is given");
  }
}

void read_route(Draft& draft, const Element& element, OpenZone& zone, bool between_zones) {
  Ends ends{end_of(draft, element, "src", between_zones), end_of(draft, element, "dst", between_zones)};
  require_member(draft, element, zone, "src", ends.from);
  require_member(draft, element, zone, "dst", ends.to);
  if (ends.from == ends.to && !between_zones) {
    draft.shortfalls.note(Shortfalls::Kind::loopback, element.required("src"));
    return;
  }
  if (!lists_routes(zone.kind)) {
    element.fail("the routing of the zone '" + zone.name + "' lists no routes",
                 "use routing=\"Full\" where routes are listed");
  }
  if (ends.from == ends.to) element.fail("a zone has no route to itself");
  if (between_zones) ends.gateways = gateways_of(draft, element, ends.from, ends.to);
  const std::string symmetrical = element.choice("symmetrical", {"YES", "yes", "NO", "no"});
  add_one_way(draft, element, zone, ends, false);
  if (symmetrical == "YES" || symmetrical == "yes") add_one_way(draft, element, zone, ends.backwards(), true);
}

void read_bypass(Draft& draft, const Element& element, OpenZone& zone, bool between_zones) {
  Ends ends{end_of(draft, element, "src", between_zones), end_of(draft, element, "dst", between_zones)};
  for (const auto& [attribute, id] : {std::pair{"src", ends.from}, std::pair{"dst", ends.to}}) {
    if (!between_zones) require_member(draft, element, zone, attribute, id);
    if (!draft.tree.holds(zone.id, id)) {
      element.fail(std::string(attribute) + "=\"" + element.required(attribute) + "\" is not in the zone '" +
                   zone.name + "'");
    }
  }
  if (between_zones) ends.gateways = gateways_of(draft, element, ends.from, ends.to);
  const auto channels = channels_of(draft, element, false);
  if (!draft.tree.add_bypass(zone.id, ends.from, ends.to, route_over(draft, zone, ends, channels))) {
    element.fail("there is a bypass between the two already");
  }
}

}  // namespace

bool read_any_route(Draft& draft, const Element& element, OpenZone& zone) {
  const std::string_view tag = element.tag();
  if (tag == "route") return read_route(draft, element, zone, false), true;
  if (tag == "zoneRoute" || tag == "ASroute") return read_route(draft, element, zone, true), true;
  if (tag == "bypassRoute") return read_bypass(draft, element, zone, false), true;
  if (tag == "bypassZoneRoute" || tag == "bypassASroute") return read_bypass(draft, element, zone, true), true;
  return false;
}

}  // namespace lockstep::topology::simgrid
