#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "topology/formats/simgrid/cluster_fabric.hpp"
#include "topology/formats/simgrid/element.hpp"
#include "topology/formats/simgrid/listed_routes.hpp"
#include "topology/formats/simgrid/shortfalls.hpp"
#include "topology/formats/simgrid/star_zone.hpp"
#include "topology/formats/simgrid/vivaldi_zone.hpp"
#include "topology/formats/simgrid/zone_tree.hpp"

namespace lockstep::topology::simgrid {

// A platform while it is read: the fleet as far as it is known, and SimGrid's view of it, which routes come from.
class Draft {
 public:
  explicit Draft(std::string name) : builder(std::move(name)), wiring(builder) {}

  // A zone or cluster with the id of the element.
  ZoneId add_zone(const Element& element, std::optional<ZoneId> parent);
  // A device, or a switch for routers. Throws InputError when the name is taken.
  NetpointId add_host(const Element& element, ZoneId inside, const std::string& name, FlopRate compute, Place place);
  NetpointId add_router(const Element& element, ZoneId inside, const std::string& name);
  // The host, router or zone that the attribute names.
  NetpointId named(const Element& element, const char* attribute) const;
  std::optional<NetpointId> find(const std::string& name) const;

  Fleet take_fleet();

  FleetBuilder builder;
  Wiring wiring;
  ZoneTree tree;
  Shortfalls shortfalls;
  FatTreeNumbers fat_tree_numbers;
  std::uint64_t dragonfly_cables = 0;
  std::uint32_t racks = 0;
  std::uint32_t pods = 0;

 private:
  NetpointId add_netpoint(const Element& element, Netpoint::Kind kind, ZoneId inside, Vertex vertex);
  void claim_name(const Element& element, const std::string& name);

  std::unordered_map<std::string, NetpointId> netpoints_;
  std::vector<std::pair<VertexId, NetpointId>> ends_;  // hosts and routers
  std::unordered_map<double, DeviceModelId> device_models_;
};

// What has been read of one zone before its end, where its routing is made of it.
struct OpenZone {
  enum class Kind : std::uint8_t { full, floyd, dijkstra, cluster, vivaldi, wifi, none };
  struct HostLink {
    Element element;
    std::uint32_t rank;
  };

  ZoneId id;
  Kind kind;
  std::string name;
  Place place = {};                      // of its hosts
  std::vector<StarMember> members = {};  // by rank
  ListedRoutes routes = {};
  std::vector<HostLink> host_links = {};
  std::vector<std::optional<Coordinates>> coordinates = {};  // by rank, in Vivaldi zones
  std::optional<ChannelId> medium = {};                      // the backbone of a Cluster zone, the air of a Wifi zone
  std::string access_point = {};                             // of a Wifi zone
};

// The readers, one source file a family of tags.
void read_zone(Draft& draft, const Element& element, std::optional<ZoneId> parent);
void read_cluster(Draft& draft, const Element& element, std::optional<ZoneId> parent);
void read_host(Draft& draft, const Element& element, OpenZone& zone);
void read_link(Draft& draft, const Element& element, OpenZone& zone);
// Tags that stand in any place and that a fleet cannot hold; false for all others.
bool read_what_is_left_out(Draft& draft, const Element& element);
// Of a member that has just been added to the zone; only Vivaldi zones keep them.
void read_coordinates(Draft& draft, const Element& element, OpenZone& zone);
// <peer>, <backbone>, <host_link> and <cabinet>; false for all others.
bool read_star_part(Draft& draft, const Element& element, OpenZone& zone);
// Made of all that the zone holds.
std::unique_ptr<const ZoneRouting> close_star(Draft& draft, OpenZone& zone);
// <route>, <zoneRoute> and the bypasses; false for all others.
bool read_any_route(Draft& draft, const Element& element, OpenZone& zone);

}  // namespace lockstep::topology::simgrid
