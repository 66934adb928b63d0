#include "topology/routing/storage_router.hpp"

#include <algorithm>

namespace lockstep::topology {

std::optional<FleetParts> without_storage(const FleetParts& parts) {
  const auto is_storage = [](const Vertex& vertex) { return vertex.kind == VertexKind::storage; };
  const auto servers = std::find_if(parts.vertices.begin(), parts.vertices.end(), is_storage);
  if (servers == parts.vertices.end() || !std::all_of(servers, parts.vertices.end(), is_storage)) return std::nullopt;
  const auto first = static_cast<std::uint32_t>(servers - parts.vertices.begin());
  const auto joins_storage = [&](const Link& link) { return link.from.value() >= first || link.to.value() >= first; };
  const auto cables = std::find_if(parts.links.begin(), parts.links.end(), joins_storage);
  // Storage amid the rest, as imported platforms may have it, is a vertex like others.
  if (!std::all_of(cables, parts.links.end(), joins_storage)) return std::nullopt;
  FleetParts rest = parts;
  rest.vertices.resize(first);
  rest.links.resize(static_cast<std::size_t>(cables - parts.links.begin()));
  return rest;
}

bool StorageRouter::append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                                 std::vector<LinkId>& route) const {
  const std::size_t others = without_storage_.vertices().size();
  if (from.value() < others && to.value() < others) return without_storage_.append_route(from, to, flow, route);
  return whole_->append_route(fleet, from, to, flow, route);
}

}  // namespace lockstep::topology
