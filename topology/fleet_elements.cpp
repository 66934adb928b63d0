#include "topology/fleet_elements.hpp"

#include <array>
#include <utility>

#include "base/error.hpp"

namespace lockstep::topology {
namespace {

using Cross = RoutingSpec::CrossRail;
using Routing = RoutingSpec::Kind;

constexpr std::array vertex_kinds = {std::pair{VertexKind::device, "device"},
                                     std::pair{VertexKind::nic, "nic"},
                                     std::pair{VertexKind::network_switch, "switch"},
                                     std::pair{VertexKind::host, "host"},
                                     std::pair{VertexKind::pci, "pci"},
                                     std::pair{VertexKind::storage, "storage"},
                                     std::pair{VertexKind::junction, "junction"}};
constexpr std::array link_kinds = {std::pair{LinkKind::generic, "generic"},   std::pair{LinkKind::nvlink, "nvlink"},
                                   std::pair{LinkKind::pcie, "pcie"},         std::pair{LinkKind::network, "network"},
                                   std::pair{LinkKind::host_bus, "host_bus"}, std::pair{LinkKind::optical, "optical"}};
constexpr std::array routing_kinds = {std::pair{Routing::shortest_path, "shortest_path"},
                                      std::pair{Routing::ecmp, "ecmp"},
                                      std::pair{Routing::dimension_order, "dimension_order"},
                                      std::pair{Routing::up_down, "up_down"},
                                      std::pair{Routing::rail, "rail"},
                                      std::pair{Routing::table, "table"}};
constexpr std::array cross_rails = {std::pair{Cross::node, "node"}, std::pair{Cross::spine, "spine"}};

template <class Names, class Value>
const char* text_of(const Names& names, Value value) {
  for (const auto& [candidate, text] : names) {
    if (candidate == value) return text;
  }
  return "";
}

template <class Names>
auto value_of(const Names& names, const std::string& text, const char* what, const std::string& where) {
  std::vector<std::string> valid;
  for (const auto& [value, name] : names) {
    if (text == name) return value;
    valid.emplace_back(name);
  }
  throw InputError({.where = where,
                    .problem = "there is no " + std::string(what) + " '" + text + "'",
                    .suggestion = suggest_name(text, valid)});
}

}  // namespace

const char* to_text(VertexKind kind) {
  return text_of(vertex_kinds, kind);
}
const char* to_text(LinkKind kind) {
  return text_of(link_kinds, kind);
}
const char* to_text(RoutingSpec::Kind kind) {
  return text_of(routing_kinds, kind);
}
const char* to_text(RoutingSpec::CrossRail cross_rail) {
  return text_of(cross_rails, cross_rail);
}

VertexKind vertex_kind_from(const std::string& name, const std::string& where) {
  return value_of(vertex_kinds, name, "kind of vertex", where);
}
LinkKind link_kind_from(const std::string& name, const std::string& where) {
  return value_of(link_kinds, name, "kind of link", where);
}
RoutingSpec::Kind routing_kind_from(const std::string& name, const std::string& where) {
  return value_of(routing_kinds, name, "routing", where);
}
RoutingSpec::CrossRail cross_rail_from(const std::string& name, const std::string& where) {
  return value_of(cross_rails, name, "way between rails", where);
}

}  // namespace lockstep::topology
