#include <cmath>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/attributed_graph.hpp"
#include "topology/formats/guessed_links.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology {
namespace {

// `kind` or `type`, as network simulators write it. A "host" of theirs is where work runs: a device.
VertexKind kind_of(const Attributes& attributes) {
  for (const char* key : {"kind", "type"}) {
    const std::string* text = find_attribute(attributes, key);
    if (text == nullptr) continue;
    const std::string kind = lower_case(*text);
    if (kind == "switch" || kind == "router") return VertexKind::network_switch;
    if (kind == "nic") return VertexKind::nic;
    if (kind == "storage") return VertexKind::storage;
  }
  return VertexKind::device;
}

std::string name_of(const AttributedGraph::Node& node) {
  for (const char* key : {"name", "label"}) {
    const std::string* text = find_attribute(node.attributes, key);
    if (text != nullptr && !trimmed(*text).empty()) return std::string(trimmed(*text));
  }
  return node.id;
}

std::optional<Coordinates> coordinates_of(const Attributes& attributes) {
  const std::string* latitude = find_attribute(attributes, "Latitude");
  const std::string* longitude = find_attribute(attributes, "Longitude");
  if (latitude == nullptr || longitude == nullptr) return std::nullopt;
  const auto north = number_in(*latitude);
  const auto east = number_in(*longitude);
  if (!north || !east || std::abs(*north) > 90 || std::abs(*east) > 360) return std::nullopt;
  return Coordinates{*north, *east};
}

class GuessedImport {
 public:
  GuessedImport(const AttributedGraph& graph, const ImportOptions& options)
      : graph_(graph),
        options_(options),
        builder_(trimmed(graph.name).empty() ? fleet_name_of(options, "graph") : std::string(trimmed(graph.name))),
        links_(options) {}

  Fleet run() {
    for (const AttributedGraph::Node& node : graph_.nodes) add_node(node);
    for (const AttributedGraph::Edge& edge : graph_.edges) add_edge(edge);
    if (loops_ > 0) builder_.warn(std::to_string(loops_) + " edges from a node to itself were left out");
    links_.warn(builder_);
    return builder_.build();
  }

 private:
  void add_node(const AttributedGraph::Node& node) {
    if (!vertex_of_.try_emplace(node.id, VertexId(builder_.vertex_count())).second) {
      throw InputError({.where = options_.file, .problem = "two nodes have the id '" + node.id + "'"});
    }
    const std::string name = name_of(node);
    builder_.add_vertex({.kind = kind_of(node.attributes), .name = names_.claim(name.empty() ? "node" : name)});
    place_.push_back(coordinates_of(node.attributes));
  }

  void add_edge(const AttributedGraph::Edge& edge) {
    const std::string where = options_.file + ": edge '" + edge.source + "' to '" + edge.target + "'";
    const VertexId from = vertex_called(edge.source, where);
    const VertexId to = vertex_called(edge.target, where);
    if (from == to) {
      ++loops_;
      return;
    }
    std::optional<double> between_ends;
    if (place_[from.value()] && place_[to.value()]) {
      between_ends = great_circle_metres(*place_[from.value()], *place_[to.value()]);
    }
    const LinkProperties link = links_.properties(edge.attributes, between_ends, where);
    if (edge.directed) {
      builder_.add_link(from, to, link);
    } else {
      builder_.add_cable(from, to, link);
    }
  }

  VertexId vertex_called(const std::string& id, const std::string& where) const {
    const auto found = vertex_of_.find(id);
    if (found == vertex_of_.end()) throw InputError({.where = where, .problem = "there is no node '" + id + "'"});
    return found->second;
  }

  const AttributedGraph& graph_;
  const ImportOptions& options_;
  FleetBuilder builder_;
  GuessedLinks links_;
  UniqueNames names_;
  std::unordered_map<std::string, VertexId> vertex_of_;
  std::vector<std::optional<Coordinates>> place_;
  std::size_t loops_ = 0;
};

}  // namespace

Fleet guessed_fleet(const AttributedGraph& graph, const ImportOptions& options) {
  return GuessedImport(graph, options).run();
}

}  // namespace lockstep::topology
