#pragma once

#include <string>
#include <unordered_map>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// Puts a fleet together step by step: what the builders of topologies and the readers of foreign formats write to.
class FleetBuilder {
 public:
  explicit FleetBuilder(std::string name);

  // Throws InputError for an empty name, one that is taken, or a fleet that grows absurdly large.
  VertexId add_vertex(Vertex vertex);
  VertexId add_device(std::string name, DeviceModelId model = {}, Place place = {});
  VertexId add_switch(std::string name, std::uint8_t level = 1, Place place = {});
  // Equal models share one id.
  DeviceModelId add_device_model(const DeviceModel& model);

  // One direction, on a channel of its own. Throws InputError unless the bandwidth is positive and finite and the
  // latency finite and not negative. `name` may be empty.
  LinkId add_link(VertexId from, VertexId to, const LinkProperties& properties, std::string name = "");
  // A full-duplex cable: the link from `a` to `b`, then the one from `b` to `a`, each with the whole bandwidth.
  LinkId add_cable(VertexId a, VertexId b, const LinkProperties& properties, std::string name = "");
  // A half-duplex cable: both directions share one bandwidth.
  LinkId add_half_duplex_cable(VertexId a, VertexId b, const LinkProperties& properties, std::string name = "");
  // For platforms whose links are resources first: the capacity, then every place where it is used.
  ChannelId add_channel(Channel channel);
  LinkId add_link_on(ChannelId channel, VertexId from, VertexId to);

  void set_routing(RoutingSpec routing);
  // Explicit routes (RoutingSpec::Kind::table).
  void set_router(std::shared_ptr<const Router> router);
  void set_known_bisection(Bandwidth one_way, std::string formula);
  // Says what the fleet could not hold; the program prints it on stderr.
  void warn(std::string sentence);

  Vertex& vertex(VertexId id) { return parts_.vertices[id.value()]; }
  const Vertex& vertex(VertexId id) const { return parts_.vertices[id.value()]; }
  const std::string& name() const { return parts_.name; }
  std::optional<VertexId> find_vertex(const std::string& name) const;
  std::size_t vertex_count() const { return parts_.vertices.size(); }
  std::size_t link_count() const { return parts_.links.size(); }
  const FleetParts& parts() const { return parts_; }
  FleetParts& parts() { return parts_; }

  // The builder is empty afterwards.
  Fleet build();

 private:
  FleetParts parts_;
  std::unordered_map<std::string, VertexId> by_name_;
};

// Throws InputError at `where` unless the properties are physical.
void check_link(const LinkProperties& properties, const std::string& where);

}  // namespace lockstep::topology
