#include "topology/routing/route_links.hpp"

#include "topology/fleet_graph.hpp"

namespace lockstep::topology {

std::optional<LinkId> link_between(const Fleet& fleet, VertexId from, VertexId to) {
  for (const LinkId id : fleet.graph().out_links(from)) {
    if (fleet.link(id).to == to) return id;
  }
  return std::nullopt;
}

}  // namespace lockstep::topology
