#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topology/formats/simgrid/wiring.hpp"
#include "topology/formats/simgrid/zone_tree.hpp"

namespace lockstep::topology::simgrid {

// What joins one member of a star to its centre. A limiter is a link that both directions pass beside their own.
struct Arm {
  Cable cable;
  std::optional<ChannelId> limiter = {};
};

// Members by rank; those without an arm are at the centre themselves (the router of a cluster, an access point).
struct StarMember {
  std::optional<VertexId> vertex;  // none for a zone inside the star, which SimGrid's routes cannot reach
  std::optional<Arm> arm = {};
};

struct Star {
  std::string zone;
  std::vector<StarMember> members = {};
  std::optional<ChannelId> backbone = {};  // passed once by every route
  bool passes_shared_links_twice = false;  // Wi-Fi: once to the access point and once from it
};

// SimGrid's StarZone: flat clusters, Cluster and Vivaldi zones; and its WifiZone. Adds the edges that its routes use.
std::unique_ptr<const ZoneRouting> star_routing(Wiring& wiring, const Star& star);

}  // namespace lockstep::topology::simgrid
