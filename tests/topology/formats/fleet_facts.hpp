#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topology/fleet.hpp"

// What tests of importers ask of a fleet, by name.
namespace lockstep::topology {

// The link from one vertex to a neighbour; nothing where there is none.
inline std::optional<Channel> link_between(const Fleet& fleet, std::string_view from, std::string_view to) {
  for (const Link& link : fleet.links()) {
    if (fleet.vertex(link.from).name == from && fleet.vertex(link.to).name == to) return fleet.channel(link.channel);
  }
  return std::nullopt;
}

// In GB/s; 0 where there is no link.
inline double speed_between(const Fleet& fleet, std::string_view from, std::string_view to) {
  const auto channel = link_between(fleet, from, to);
  return channel ? channel->bandwidth.si() / 1e9 : 0;
}

inline std::size_t count_of(const Fleet& fleet, VertexKind kind) {
  std::size_t count = 0;
  for (const Vertex& vertex : fleet.vertices()) count += vertex.kind == kind ? 1 : 0;
  return count;
}

// "GPU0 > NVSwitch > GPU1"
inline std::string route_text(const Fleet& fleet, std::string_view from, std::string_view to) {
  std::string text(from);
  for (const LinkId link : fleet.route(fleet.find_vertex(from).value(), fleet.find_vertex(to).value())) {
    text += " > " + fleet.vertex(fleet.link(link).to).name;
  }
  return text;
}

inline bool warns_of(const Fleet& fleet, std::string_view words) {
  for (const std::string& warning : fleet.warnings()) {
    if (warning.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace lockstep::topology
