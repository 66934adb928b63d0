#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/fleet_elements.hpp"

namespace lockstep::topology {

class Router;
class FleetGraph;

// A bisection bandwidth that is known from a formula, with the formula in words.
struct KnownBisection {
  Bandwidth one_way;
  std::string formula;
};

// All that a fleet consists of, before it is checked and frozen.
struct FleetParts {
  std::string name;
  std::vector<Vertex> vertices;
  std::vector<Link> links;
  std::vector<Channel> channels;
  std::vector<DeviceModel> device_models;
  RoutingSpec routing;
  std::shared_ptr<const Router> router;  // only for RoutingSpec::Kind::table; else made from `routing`
  std::optional<KnownBisection> known_bisection;
  std::vector<std::string> warnings;  // what an import could not hold, one sentence each
};

// A cluster as a graph: vertices (devices, NICs, switches, …) and directed links that draw on channels, with routes
// between any two vertices. Immutable; the routes that the simulator uses are the ones answered here. Copies share the
// graph. Route look-ups fill caches, so one fleet serves one thread.
class Fleet {
 public:
  // Names are unique and links join vertices of the fleet, as FleetBuilder sees to. Throws InputError when there is no
  // device, or the routing does not suit the fleet.
  explicit Fleet(FleetParts parts);

  const std::string& name() const { return parts_->name; }
  std::span<const Vertex> vertices() const { return parts_->vertices; }
  std::span<const Link> links() const { return parts_->links; }
  std::span<const Channel> channels() const { return parts_->channels; }
  std::span<const DeviceModel> device_models() const { return parts_->device_models; }
  const RoutingSpec& routing() const { return parts_->routing; }
  std::span<const std::string> warnings() const { return parts_->warnings; }
  const std::optional<KnownBisection>& known_bisection() const { return parts_->known_bisection; }
  const FleetParts& parts() const { return *parts_; }

  const Vertex& vertex(VertexId id) const { return parts_->vertices[id.value()]; }
  const Link& link(LinkId id) const { return parts_->links[id.value()]; }
  const Channel& channel(ChannelId id) const { return parts_->channels[id.value()]; }
  const Channel& channel_of(LinkId id) const { return channel(link(id).channel); }

  std::size_t device_count() const { return devices_.size(); }
  // The vertices of kind device, in order: devices()[d] is the vertex of DeviceId d.
  std::span<const VertexId> devices() const { return devices_; }
  const DeviceModel& device_model(DeviceId id) const;

  std::optional<VertexId> find_vertex(std::string_view name) const;
  // "from->to", or the name that the channel was given.
  std::string channel_name(ChannelId id) const;
  std::string link_name(LinkId id) const;

  // The links from one vertex to another, in order; empty from a vertex to itself.
  // Throws InputError naming both ends when no route exists.
  std::vector<LinkId> route(VertexId from, VertexId to, FlowLabel flow = 0) const;
  // The same, appended to `route` without allocating; false when there is no route.
  bool append_route(VertexId from, VertexId to, FlowLabel flow, std::vector<LinkId>& route) const;
  Seconds route_latency(std::span<const LinkId> route) const;

  // The Boost.Graph view of the fleet (topology/fleet_graph.hpp).
  const FleetGraph& graph() const { return *graph_; }

 private:
  std::shared_ptr<const FleetParts> parts_;
  std::shared_ptr<const FleetGraph> graph_;
  std::shared_ptr<const Router> router_;
  std::vector<VertexId> devices_;
  std::vector<VertexId> by_name_;   // every vertex, in order of name
  std::vector<LinkId> first_link_;  // of each channel
};

}  // namespace lockstep::topology
