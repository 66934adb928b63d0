#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "topology/fleet_elements.hpp"

// Routes as SimGrid's tree of network zones finds them (NetZoneImpl::get_global_route of SimGrid 3.32): up to the zone
// that holds both ends, across it by that zone's own routing, and from gateway to gateway on either side.
namespace lockstep::topology::simgrid {

using NetpointId = StrongId<struct NetpointTag>;
using ZoneId = StrongId<struct ZoneTag>;

// What the routes of a zone lead from and to: a host, a router, or a zone inside it.
struct Netpoint {
  enum class Kind : std::uint8_t { host, router, zone };
  Kind kind;
  std::optional<ZoneId> inside;  // the zone that holds it; a zone of the topmost level is in none
  std::uint32_t rank = 0;        // among those that its zone holds
  VertexId vertex = {};          // of a host or router
  ZoneId zone = {};              // of a zone
};

// The hosts or routers where a route between two zones leaves the one and enters the other.
struct Gateways {
  NetpointId from, to;
};

struct LocalRoute {
  std::vector<LinkId> links;
  std::optional<Gateways> gateways;  // only between zones
};

class ZoneTree;

// How routes are found between the members of one zone.
class ZoneRouting {
 public:
  virtual ~ZoneRouting() = default;
  // Fills the empty `route`. False where SimGrid finds an error; true without links where it takes the step for free.
  virtual bool find(const ZoneTree& tree, const Netpoint& from, const Netpoint& to, LocalRoute& route) const = 0;
};

struct Zone {
  std::string name;
  std::optional<ZoneId> parent = {};
  NetpointId netpoint = {};
  std::uint32_t depth = 0;
  std::uint32_t members = 0;
  std::unique_ptr<const ZoneRouting> routing = {};  // none: its members cannot reach each other
  // Routes that go before all others, between members of this zone or zones anywhere inside it.
  std::map<std::pair<NetpointId, NetpointId>, LocalRoute> bypasses = {};
};

class ZoneTree {
 public:
  ZoneId add_zone(std::string name, std::optional<ZoneId> parent);
  NetpointId add_host_or_router(Netpoint::Kind kind, ZoneId inside, VertexId vertex);
  void set_routing(ZoneId zone, std::unique_ptr<const ZoneRouting> routing);
  // False when the pair has a bypass already.
  bool add_bypass(ZoneId zone, NetpointId from, NetpointId to, LocalRoute route);

  const Netpoint& netpoint(NetpointId id) const { return netpoints_[id.value()]; }
  const Zone& zone(ZoneId id) const { return zones_[id.value()]; }
  // Whether the netpoint is in the zone, however deep.
  bool holds(ZoneId zone, NetpointId netpoint) const;

  // Appends the links between two hosts or routers. False when SimGrid knows no route; `links` may have grown then.
  bool append_route(NetpointId from, NetpointId to, std::vector<LinkId>& links) const;

 private:
  struct Crossing;
  std::optional<Crossing> crossing(NetpointId from, NetpointId to) const;
  bool append_with_gateways(NetpointId from, NetpointId to, const LocalRoute& route, std::vector<LinkId>& links) const;
  const std::pair<const std::pair<NetpointId, NetpointId>, LocalRoute>* find_bypass(const Crossing& crossing,
                                                                                    NetpointId from,
                                                                                    NetpointId to) const;

  std::vector<Netpoint> netpoints_;
  std::vector<Zone> zones_;
};

}  // namespace lockstep::topology::simgrid
