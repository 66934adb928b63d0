#include "topology/fleet_builder.hpp"

#include <cmath>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology {

void check_link(const LinkProperties& properties, const std::string& where) {
  if (!(properties.bandwidth.si() > 0) || !std::isfinite(properties.bandwidth.si())) {
    throw InputError(
        {.where = where,
         .problem = "a link's bandwidth must be positive and finite, not " + to_exact_text(properties.bandwidth),
         .suggestion = "write for example \"50 GB/s\""});
  }
  if (!(properties.latency.si() >= 0) || !std::isfinite(properties.latency.si())) {
    throw InputError(
        {.where = where,
         .problem = "a link's latency must be finite and not negative, not " + to_exact_text(properties.latency),
         .suggestion = "write for example \"2 us\""});
  }
}

FleetBuilder::FleetBuilder(std::string name) {
  parts_.name = std::move(name);
}

VertexId FleetBuilder::add_vertex(Vertex vertex) {
  if (vertex.name.empty()) throw InputError({.problem = "a vertex of the fleet has an empty name"});
  if (parts_.vertices.size() >= most_vertices) {
    throw InputError({.problem = "the fleet has more than " + std::to_string(most_vertices) + " vertices",
                      .suggestion = "describe a smaller fleet"});
  }
  const VertexId id(parts_.vertices.size());
  const auto [where, is_new] = by_name_.try_emplace(vertex.name, id);
  if (!is_new) throw InputError({.problem = "two vertices of the fleet are called '" + vertex.name + "'"});
  parts_.vertices.push_back(std::move(vertex));
  return id;
}

VertexId FleetBuilder::add_device(std::string name, DeviceModelId model, Place place) {
  return add_vertex({.kind = VertexKind::device, .name = std::move(name), .place = place, .model = model});
}

VertexId FleetBuilder::add_switch(std::string name, std::uint8_t level, Place place) {
  return add_vertex({.kind = VertexKind::network_switch, .name = std::move(name), .place = place, .level = level});
}

DeviceModelId FleetBuilder::add_device_model(const DeviceModel& model) {
  for (std::size_t i = 0; i < parts_.device_models.size(); ++i) {
    if (parts_.device_models[i] == model) return DeviceModelId(i);
  }
  parts_.device_models.push_back(model);
  return DeviceModelId(parts_.device_models.size() - 1);
}

LinkId FleetBuilder::add_link(VertexId from, VertexId to, const LinkProperties& properties, std::string name) {
  const ChannelId channel = add_channel({.bandwidth = properties.bandwidth,
                                         .latency = properties.latency,
                                         .kind = properties.kind,
                                         .name = std::move(name)});
  return add_link_on(channel, from, to);
}

LinkId FleetBuilder::add_cable(VertexId a, VertexId b, const LinkProperties& properties, std::string name) {
  const std::string back_name = name.empty() ? "" : name + " (back)";
  const LinkId there = add_link(a, b, properties, std::move(name));
  add_link(b, a, properties, back_name);
  return there;
}

LinkId FleetBuilder::add_half_duplex_cable(VertexId a, VertexId b, const LinkProperties& properties, std::string name) {
  const LinkId there = add_link(a, b, properties, std::move(name));
  add_link_on(parts_.links[there.value()].channel, b, a);
  return there;
}

ChannelId FleetBuilder::add_channel(Channel channel) {
  check_link({channel.bandwidth, channel.latency}, channel.name.empty() ? "" : "link '" + channel.name + "'");
  parts_.channels.push_back(std::move(channel));
  return ChannelId(parts_.channels.size() - 1);
}

LinkId FleetBuilder::add_link_on(ChannelId channel, VertexId from, VertexId to) {
  LOCKSTEP_REQUIRE(channel.value() < parts_.channels.size());
  LOCKSTEP_REQUIRE(from.value() < parts_.vertices.size() && to.value() < parts_.vertices.size());
  if (parts_.links.size() >= most_links) {
    throw InputError({.problem = "the fleet has more than " + std::to_string(most_links) + " links",
                      .suggestion = "describe a smaller fleet"});
  }
  parts_.links.push_back({from, to, channel});
  return LinkId(parts_.links.size() - 1);
}

void FleetBuilder::set_routing(RoutingSpec routing) {
  parts_.routing = std::move(routing);
}

void FleetBuilder::set_router(std::shared_ptr<const Router> router) {
  parts_.routing = {.kind = RoutingSpec::Kind::table};
  parts_.router = std::move(router);
}

void FleetBuilder::set_known_bisection(Bandwidth one_way, std::string formula) {
  parts_.known_bisection = KnownBisection{one_way, std::move(formula)};
}

void FleetBuilder::warn(std::string sentence) {
  parts_.warnings.push_back(std::move(sentence));
}

std::optional<VertexId> FleetBuilder::find_vertex(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

Fleet FleetBuilder::build() {
  by_name_.clear();
  return Fleet(std::exchange(parts_, {}));
}

}  // namespace lockstep::topology
