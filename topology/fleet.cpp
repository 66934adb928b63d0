#include "topology/fleet.hpp"

#include <algorithm>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "topology/fleet_graph.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology {
namespace {

// Nodes, racks and pods are numbered from 0; tables by their numbers must not outgrow the fleet beyond measure.
void check_place(const Vertex& vertex) {
  constexpr std::uint32_t highest = most_vertices;
  const Place& place = vertex.place;
  if (std::max({place.node.value_or(0), place.rack.value_or(0), place.pod.value_or(0)}) <= highest) return;
  throw InputError({.where = vertex.name,
                    .problem = "its node, rack or pod has a number above " + std::to_string(highest),
                    .suggestion = "number them from 0"});
}

}  // namespace

Fleet::Fleet(FleetParts parts) {
  if (parts.device_models.empty()) parts.device_models.emplace_back();
  by_name_.reserve(parts.vertices.size());
  for (std::size_t v = 0; v < parts.vertices.size(); ++v) {
    const Vertex& vertex = parts.vertices[v];
    LOCKSTEP_REQUIRE(vertex.model.value() < parts.device_models.size());
    check_place(vertex);
    if (vertex.kind == VertexKind::device) devices_.emplace_back(v);
    by_name_.emplace_back(v);
  }
  if (devices_.empty()) {
    throw InputError({.where = parts.name,
                      .problem = "the fleet has no device, so nothing could run on it",
                      .suggestion = "check that this is a description of a cluster"});
  }
  std::sort(by_name_.begin(), by_name_.end(),
            [&](VertexId a, VertexId b) { return parts.vertices[a.value()].name < parts.vertices[b.value()].name; });
  first_link_.assign(parts.channels.size(), LinkId());
  for (std::size_t i = parts.links.size(); i-- > 0;) first_link_[parts.links[i].channel.value()] = LinkId(i);
  parts_ = std::make_shared<const FleetParts>(std::move(parts));
  graph_ = std::make_shared<const FleetGraph>(parts_->vertices.size(), parts_->links);
  router_ = parts_->router != nullptr ? parts_->router : make_router(*this);
}

const DeviceModel& Fleet::device_model(DeviceId id) const {
  return parts_->device_models[vertex(devices_[id.value()]).model.value()];
}

std::optional<VertexId> Fleet::find_vertex(std::string_view name) const {
  const auto found = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                      [&](VertexId id, std::string_view text) { return vertex(id).name < text; });
  if (found == by_name_.end() || vertex(*found).name != name) return std::nullopt;
  return *found;
}

std::string Fleet::channel_name(ChannelId id) const {
  if (!channel(id).name.empty()) return channel(id).name;
  const Link& first = link(first_link_[id.value()]);
  return vertex(first.from).name + "->" + vertex(first.to).name;
}

std::string Fleet::link_name(LinkId id) const {
  return channel_name(link(id).channel);
}

std::vector<LinkId> Fleet::route(VertexId from, VertexId to, FlowLabel flow) const {
  std::vector<LinkId> links;
  if (!append_route(from, to, flow, links)) {
    throw InputError({.where = name(),
                      .problem = "there is no route from '" + vertex(from).name + "' to '" + vertex(to).name + "'",
                      .suggestion = "no links join them in this direction, or none that the routing uses (" +
                                    std::string(to_text(routing().kind)) + ")"});
  }
  return links;
}

bool Fleet::append_route(VertexId from, VertexId to, FlowLabel flow, std::vector<LinkId>& route) const {
  return router_->append_route(*this, from, to, flow, route);
}

Seconds Fleet::route_latency(std::span<const LinkId> route) const {
  Seconds total;
  for (const LinkId id : route) total += channel_of(id).latency;
  return total;
}

}  // namespace lockstep::topology
