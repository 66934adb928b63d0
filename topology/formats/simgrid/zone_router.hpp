#pragma once

#include <span>
#include <utility>
#include <vector>

#include "topology/formats/simgrid/zone_tree.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology::simgrid {

// The routes between the hosts and routers of an imported platform. Other vertices have none: SimGrid does not know
// them.
class ZoneRouter : public Router {
 public:
  ZoneRouter(ZoneTree tree, std::span<const std::pair<VertexId, NetpointId>> ends, std::size_t vertex_count);
  bool append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                    std::vector<LinkId>& route) const override;

 private:
  ZoneTree tree_;
  std::vector<std::optional<NetpointId>> netpoints_;  // by vertex
};

}  // namespace lockstep::topology::simgrid
