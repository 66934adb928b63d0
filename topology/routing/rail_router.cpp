#include "topology/routing/rail_router.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "topology/fleet_graph.hpp"
#include "topology/routing/dimension_order_router.hpp"
#include "topology/routing/minimal_router.hpp"

namespace lockstep::topology {
namespace {

bool leaves_node(const Fleet& fleet, VertexId vertex) {
  const auto links = fleet.graph().out_links(vertex);
  return std::any_of(links.begin(), links.end(), [&](LinkId id) {
    return fleet.vertex(fleet.link(id).to).place.node != fleet.vertex(vertex).place.node;
  });
}

// Breadth first from `start`, never leaving its node: each reached vertex with the link that led there, in order of
// distance. Nodes are small, so that a linear search for a vertex costs less than a map.
struct Reached {
  VertexId vertex;
  LinkId by;
  std::size_t parent;
  std::uint32_t hops;
};
std::vector<Reached> reach_inside(const Fleet& fleet, VertexId start) {
  std::vector<Reached> reached = {{start, LinkId(), 0, 0}};
  for (std::size_t next = 0; next < reached.size(); ++next) {
    for (const LinkId id : fleet.graph().out_links(reached[next].vertex)) {
      const VertexId to = fleet.link(id).to;
      if (fleet.vertex(to).place.node != fleet.vertex(start).place.node) continue;
      const bool known = std::any_of(reached.begin(), reached.end(), [&](const Reached& r) { return r.vertex == to; });
      if (!known) reached.push_back({to, id, next, reached[next].hops + 1});
    }
  }
  return reached;
}

std::shared_ptr<const Router> make_fabric_router(const Fleet& fleet) {
  const RoutingSpec& spec = fleet.routing();
  const RoutingSpec::Kind kind = spec.fabric.value_or(RoutingSpec::Kind::up_down);
  if (kind == RoutingSpec::Kind::dimension_order) {
    return std::make_shared<DimensionOrderRouter>(fleet, spec.fabric_dimensions, spec.fabric_wrap);
  }
  if (kind == RoutingSpec::Kind::table || kind == RoutingSpec::Kind::rail) {
    throw InputError({.where = fleet.name(),
                      .problem = std::string("a fabric cannot route by ") + to_text(kind),
                      .suggestion = "choose up_down, ecmp, shortest_path or dimension_order"});
  }
  if (kind == RoutingSpec::Kind::up_down) require_levels(fleet);
  MinimalRouter::Options options{.up_down = kind == RoutingSpec::Kind::up_down, .seed = spec.seed};
  if (options.up_down) options.tie_break = MinimalRouter::TieBreak::destination_digits;
  if (kind == RoutingSpec::Kind::ecmp) options.tie_break = MinimalRouter::TieBreak::flow_hash;
  bool switches_outside = false;
  for (const Vertex& vertex : fleet.vertices()) {
    options.transit.push_back(!vertex.place.node);
    switches_outside = switches_outside || !vertex.place.node;
  }
  // Nodes that are cabled to each other directly forward through their own vertices.
  if (!switches_outside) options.transit.assign(options.transit.size(), true);
  return std::make_shared<MinimalRouter>(fleet, std::move(options));
}

}  // namespace

RailRouter::RailRouter(const Fleet& fleet)
    : cross_rail_(fleet.routing().cross_rail),
      fabric_(make_fabric_router(fleet)),
      nearest_ports_(fleet.vertices().size()) {
  std::vector<std::vector<VertexId>> nodes;
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    const auto node = fleet.vertices()[v].place.node;
    if (!node) continue;
    if (nodes.size() <= *node) nodes.resize(*node + 1);
    nodes[*node].emplace_back(v);
  }
  ports_of_node_.resize(nodes.size());
  inside_.resize(nodes.size());
  rank_in_node_.resize(fleet.vertices().size());
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    node_size_.push_back(static_cast<std::uint32_t>(nodes[n].size()));
    for (std::uint32_t rank = 0; rank < nodes[n].size(); ++rank) rank_in_node_[nodes[n][rank].value()] = rank;
    for (const VertexId v : nodes[n]) {
      if (leaves_node(fleet, v)) ports_of_node_[n].push_back(v);
    }
    for (const VertexId v : nodes[n]) find_nearest_ports(fleet, v, ports_of_node_[n]);
  }
}

void RailRouter::find_nearest_ports(const Fleet& fleet, VertexId of, const std::vector<VertexId>& ports) {
  std::uint32_t least = 0;
  for (const Reached& reached : reach_inside(fleet, of)) {
    std::vector<VertexId>& nearest = nearest_ports_[of.value()];
    if (!nearest.empty() && reached.hops > least) break;
    if (std::find(ports.begin(), ports.end(), reached.vertex) == ports.end()) continue;
    nearest.push_back(reached.vertex);
    least = reached.hops;
  }
}

VertexId RailRouter::entry_port(VertexId vertex, FlowLabel flow) const {
  const std::vector<VertexId>& ports = nearest_ports_[vertex.value()];
  return ports.empty() ? vertex : ports[flow % ports.size()];
}

VertexId RailRouter::exit_port(const Fleet& fleet, VertexId from, VertexId entry, FlowLabel flow) const {
  const std::vector<VertexId>& own = nearest_ports_[from.value()];
  if (own.empty()) return from;
  const auto rail = fleet.vertex(entry).rail;
  auto on_rail = [&](VertexId port) { return fleet.vertex(port).rail == rail; };
  if (rail) {
    const auto mine = std::find_if(own.begin(), own.end(), on_rail);
    if (mine != own.end()) return *mine;
    if (cross_rail_ == RoutingSpec::CrossRail::node) {
      const std::vector<VertexId>& ports = ports_of_node_[*fleet.vertex(from).place.node];
      const auto other = std::find_if(ports.begin(), ports.end(), on_rail);
      if (other != ports.end()) return *other;
    }
  }
  return own[flow % own.size()];
}

RailRouter::Stretch RailRouter::find_inside(const Fleet& fleet, VertexId from, VertexId to) const {
  const std::vector<Reached> reached = reach_inside(fleet, from);
  const auto end = std::find_if(reached.begin(), reached.end(), [&](const Reached& r) { return r.vertex == to; });
  if (end == reached.end()) return {.looked_up = true};
  Stretch stretch{static_cast<std::uint32_t>(kept_links_.size()), static_cast<std::uint16_t>(end->hops), true, true};
  for (const Reached* at = &*end; at->hops > 0; at = &reached[at->parent]) kept_links_.push_back(at->by);
  std::reverse(kept_links_.begin() + stretch.begin, kept_links_.end());
  return stretch;
}

bool RailRouter::append_inside(const Fleet& fleet, VertexId from, VertexId to, std::vector<LinkId>& route) const {
  if (from == to) return true;
  const std::uint32_t node = *fleet.vertex(from).place.node;
  const std::size_t size = node_size_[node];
  std::vector<Stretch>& stretches = inside_[node];
  if (stretches.empty()) stretches.resize(size * size);
  Stretch& stretch = stretches[rank_in_node_[from.value()] * size + rank_in_node_[to.value()]];
  if (!stretch.looked_up) stretch = find_inside(fleet, from, to);
  route.insert(route.end(), kept_links_.begin() + stretch.begin, kept_links_.begin() + stretch.begin + stretch.size);
  return stretch.reachable;
}

bool RailRouter::append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                              std::vector<LinkId>& route) const {
  const auto from_node = fleet.vertex(from).place.node;
  if (from_node && from_node == fleet.vertex(to).place.node && append_inside(fleet, from, to, route)) return true;
  const std::size_t before = route.size();
  const VertexId entry = entry_port(to, flow);
  const VertexId exit = exit_port(fleet, from, entry, flow);
  const bool found = append_inside(fleet, from, exit, route) &&
                     fabric_->append_route(fleet, exit, entry, flow, route) && append_inside(fleet, entry, to, route);
  if (!found) route.resize(before);
  return found;
}

}  // namespace lockstep::topology
