#include "topology/formats/simgrid/zone_router.hpp"

namespace lockstep::topology::simgrid {

ZoneRouter::ZoneRouter(ZoneTree tree, std::span<const std::pair<VertexId, NetpointId>> ends, std::size_t vertex_count)
    : tree_(std::move(tree)), netpoints_(vertex_count) {
  for (const auto& [vertex, netpoint] : ends) netpoints_[vertex.value()] = netpoint;
}

bool ZoneRouter::append_route(const Fleet&, VertexId from, VertexId to, FlowLabel, std::vector<LinkId>& route) const {
  if (from == to) return true;
  const auto start = netpoints_[from.value()];
  const auto end = netpoints_[to.value()];
  if (!start || !end) return false;
  const std::size_t before = route.size();
  // SimGrid does not send anything over a route without links.
  if (tree_.append_route(*start, *end, route) && route.size() > before) return true;
  route.resize(before);
  return false;
}

}  // namespace lockstep::topology::simgrid
