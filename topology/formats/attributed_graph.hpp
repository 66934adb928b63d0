#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/formats/formats.hpp"

namespace lockstep::topology {

// Named texts on a node or an edge.
struct Attribute {
  std::string key;
  std::string text;
};
using Attributes = std::vector<Attribute>;
const std::string* find_attribute(const Attributes& attributes, std::string_view key);

// What GraphML and node-link JSON have in common: a graph whose nodes and edges carry named texts.
struct AttributedGraph {
  struct Node {
    std::string id;
    Attributes attributes;
  };
  struct Edge {
    std::string source;
    std::string target;
    bool directed = false;
    Attributes attributes;
  };
  std::string name;                   // empty where the file gives none
  std::optional<std::string> header;  // of a graph that lockstep wrote (fleet_header.hpp)
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

// What a fleet's vertices and links say in that form.
class FleetAttributes {
 public:
  explicit FleetAttributes(const Fleet& fleet);
  Attributes of(VertexId id) const;
  Attributes of(LinkId id) const;

 private:
  const Fleet& fleet_;
  bool name_channels_;
};

// A graph that was written from a fleet, back as an equal fleet. Throws InputError when nodes, edges and header do not
// fit together.
Fleet restored_fleet(const AttributedGraph& graph, const ImportOptions& options);

// A fleet from a graph of another program. Nodes are devices that also forward unless they say what they are,
// undirected edges full-duplex cables. Edges without a speed get the default link; their latency is that of light in
// fibre where the file tells the distance. Every such guess is a warning.
Fleet guessed_fleet(const AttributedGraph& graph, const ImportOptions& options);

// The one that suits the graph.
Fleet fleet_of(const AttributedGraph& graph, const ImportOptions& options);

}  // namespace lockstep::topology
