#include <algorithm>
#include <charconv>
#include <cmath>

#include "topology/formats/simgrid/draft.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

// The parts of zones whose members all hang on one centre: peers, the hosts of Cluster zones, Wi-Fi stations.
namespace lockstep::topology::simgrid {
namespace {

using Kind = OpenZone::Kind;
using Shortfall = Shortfalls::Kind;

void require_kind(const Element& element, const OpenZone& zone, Kind kind, const std::string& routing) {
  if (zone.kind == kind) return;
  element.fail("<" + std::string(element.tag()) + "> has no place in '" + zone.name + "'",
               "it belongs in a zone with routing=\"" + routing + "\"");
}

void read_peer(Draft& draft, const Element& element, OpenZone& zone) {
  require_kind(element, zone, Kind::vivaldi, "Vivaldi");
  const std::string name = element.required("id");
  const FlopRate compute = element.flop_rate("speed", element.required("speed"));
  const NetpointId id = draft.add_host(element, zone.id, name, compute, zone.place);
  element.required("coordinates");
  for (const char* attribute : {"speed_file", "availability_file", "state_file"}) {
    if (element.has(attribute)) draft.shortfalls.note(Shortfall::profile, std::string(element.text(attribute)));
  }
  const auto add_link = [&](const char* direction, const char* bandwidth) {
    return draft.wiring.add_link({.bandwidth = element.bandwidth(bandwidth),
                                  .latency = Seconds(0),
                                  .kind = LinkKind::network,
                                  .name = "link_" + name + direction});
  };
  const ChannelId up = add_link("_UP", "bw_out");
  const ChannelId down = add_link("_DOWN", "bw_in");
  zone.members.push_back({.vertex = draft.tree.netpoint(id).vertex, .arm = Arm{.cable = {up, down}}});
  read_coordinates(draft, element, zone);
}

void read_backbone(Draft& draft, const Element& element, OpenZone& zone) {
  require_kind(element, zone, Kind::cluster, "Cluster");
  if (zone.medium) element.fail("the zone '" + zone.name + "' has a backbone already");
  zone.medium = draft.wiring.add_link({.bandwidth = element.bandwidth("bandwidth"),
                                       .latency = element.seconds("latency"),
                                       .kind = LinkKind::network,
                                       .name = element.required("id")});
}

void read_host_link(Draft& draft, const Element& element, OpenZone& zone) {
  require_kind(element, zone, Kind::cluster, "Cluster");
  const Netpoint& host = draft.tree.netpoint(draft.named(element, "id"));
  if (host.kind != Netpoint::Kind::host || host.inside != zone.id) {
    element.fail("'" + element.required("id") + "' is not a host of the zone '" + zone.name + "'");
  }
  zone.host_links.push_back({element, host.rank});
}

void read_cabinet(Draft& draft, const Element& element, OpenZone& zone) {
  require_kind(element, zone, Kind::cluster, "Cluster");
  const auto radical = Radical::from(element.required("radical"));
  if (!radical || radical->size() > most_vertices) {
    element.fail("radical=\"" + std::string(element.text("radical")) + "\" is not a list of host numbers",
                 "write for example \"0-99\" or \"1-3,7\"");
  }
  const FlopRate compute = element.flop_rate("speed", element.required("speed"));
  const Channel link{
      .bandwidth = element.bandwidth("bw"), .latency = element.seconds("lat"), .kind = LinkKind::network};
  for (const std::uint32_t number : radical->first(radical->size())) {
    const std::string name = element.required("prefix") + std::to_string(number) + element.required("suffix");
    const NetpointId id = draft.add_host(element, zone.id, name, compute, zone.place);
    Channel named = link;
    named.name = "link_" + name;
    zone.members.push_back(
        {.vertex = draft.tree.netpoint(id).vertex, .arm = Arm{.cable = draft.wiring.add_split_duplex(named)}});
  }
}

// The links that hosts name may stand behind the names, so that they are only looked up at the end of the zone.
void join_host_links(const Draft& draft, OpenZone& zone) {
  for (const OpenZone::HostLink& named : zone.host_links) {
    const Element& element = named.element;
    const auto link = [&](const char* attribute) {
      const auto found = draft.wiring.find_link(element.required(attribute));
      if (!found) element.fail(std::string(attribute) + "=\"" + element.required(attribute) + "\" names no link");
      if (found == zone.medium) element.fail("the backbone cannot be the link of a host");
      return *found;
    };
    const ChannelId up = link("up");
    zone.members[named.rank].arm = Arm{.cable = {up, link("down")}};
  }
}

// Everybody but the access point sends and receives through the air.
void join_air(const Draft& draft, OpenZone& zone) {
  if (!zone.medium) return;
  const auto access_point = draft.find(zone.access_point);
  for (std::uint32_t rank = 0; rank < zone.members.size(); ++rank) {
    const bool is_access_point = access_point && draft.tree.netpoint(*access_point).inside == zone.id &&
                                 draft.tree.netpoint(*access_point).rank == rank;
    if (!is_access_point) zone.members[rank].arm = Arm{.cable = {*zone.medium, *zone.medium}};
  }
}

std::unique_ptr<const ZoneRouting> close_vivaldi(Draft& draft, OpenZone& zone) {
  zone.coordinates.resize(zone.members.size());
  const auto placed = std::count_if(zone.coordinates.begin(), zone.coordinates.end(),
                                    [](const auto& coordinates) { return coordinates.has_value(); });
  if (placed <= most_vivaldi_peers) {
    return vivaldi_routing(draft.wiring, zone.name, zone.members, zone.coordinates);
  }
  draft.shortfalls.note(Shortfall::distance, zone.name);
  return star_routing(draft.wiring, {.zone = zone.name, .members = std::move(zone.members)});
}

}  // namespace

void read_coordinates(Draft& draft, const Element& element, OpenZone& zone) {
  if (!element.has("coordinates")) return;
  const std::string text = element.required("coordinates");
  if (zone.kind != Kind::vivaldi) return draft.shortfalls.note(Shortfall::coordinates, element.required("id"));
  std::vector<double> numbers;
  for (const std::string_view piece : split(text, " ")) {
    const auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), numbers.emplace_back());
    if (error != std::errc() || end != piece.data() + piece.size() || !(std::abs(numbers.back()) < 1e9))
      numbers.clear();
  }
  if (numbers.size() != 3) {
    element.fail("coordinates=\"" + text + "\" are not three numbers", "write for example \"25.5 9.4 1.4\"");
  }
  zone.coordinates.resize(zone.members.size());
  zone.coordinates.back() = Coordinates{numbers[0], numbers[1], numbers[2]};
}

bool read_star_part(Draft& draft, const Element& element, OpenZone& zone) {
  const std::string_view tag = element.tag();
  if (tag == "peer") return read_peer(draft, element, zone), true;
  if (tag == "backbone") return read_backbone(draft, element, zone), true;
  if (tag == "host_link") return read_host_link(draft, element, zone), true;
  if (tag == "cabinet") return read_cabinet(draft, element, zone), true;
  return false;
}

std::unique_ptr<const ZoneRouting> close_star(Draft& draft, OpenZone& zone) {
  if (zone.kind == Kind::cluster) join_host_links(draft, zone);
  if (zone.kind == Kind::wifi) join_air(draft, zone);
  if (zone.kind == Kind::vivaldi) return close_vivaldi(draft, zone);
  const auto at_centre =
      std::count_if(zone.members.begin(), zone.members.end(), [](const StarMember& member) { return !member.arm; });
  if (at_centre > 1) draft.shortfalls.note(Shortfall::free_steps, zone.name);
  const Star star{.zone = zone.name,
                  .members = std::move(zone.members),
                  .backbone = zone.kind == Kind::cluster ? zone.medium : std::nullopt,
                  .passes_shared_links_twice = zone.kind == Kind::wifi};
  return star_routing(draft.wiring, star);
}

}  // namespace lockstep::topology::simgrid
