#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.hpp"
#include "base/json_fields.hpp"
#include "base/unit_text.hpp"
#include "topology/formats/attributed_graph.hpp"
#include "topology/formats/fleet_header.hpp"
#include "topology/formats/graph_formats.hpp"
#include "topology/formats/import_text.hpp"

// NetworkX's node_link_data: {"directed", "multigraph", "graph": {…}, "nodes": [{"id", …}], "edges": [{"source",
// "target", …}]}, with "links" for "edges" before NetworkX 3.4. What lockstep writes carries the fleet's header under
// graph.lockstep.
namespace lockstep::topology {
namespace {

// Numbers and texts as text; ids may also be lists (tuples in Python). Anything else is no attribute of ours.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return shortest_text(value.get<double>());
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

std::string id_of(const Json& value, const std::string& where) {
  if (const auto text = text_of(value)) return *text;
  if (value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  throw InputError({.where = where, .problem = "an id must be text, a number or a list"});
}

class NodeLinkReading {
 public:
  NodeLinkReading(const Json& root, const ImportOptions& options) : root_(root, options.file) {}

  AttributedGraph run() {
    directed_ = root_.value_or<bool>("directed", false);
    if (const Json* info = root_.raw("graph"); info != nullptr && info->is_object()) read_info(*info);
    for (const Json& node : list("nodes")) read_node(node);
    for (const Json& edge : list(root_.has("edges") ? "edges" : "links")) read_edge(edge);
    return std::move(graph_);
  }

 private:
  void read_info(const Json& info) {
    const auto name = info.find("name");
    if (name != info.end() && name->is_string()) graph_.name = name->get<std::string>();
    const auto header = info.find("lockstep");
    if (header != info.end()) graph_.header = header->dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const Json& list(const std::string& key) const {
    const Json* values = root_.raw(key);
    if (values == nullptr || !values->is_array()) root_.fail(key, "a node-link graph has a list here");
    return *values;
  }

  void read_node(const Json& node) {
    const std::string where = root_.where("nodes[" + std::to_string(graph_.nodes.size()) + "]");
    require_object(node, where);
    const auto id = node.find("id");
    // Without ids, D3's edges count the nodes from 0.
    graph_.nodes.push_back({.id = id == node.end() ? std::to_string(graph_.nodes.size()) : id_of(*id, where),
                            .attributes = attributes_in(node)});
  }

  void read_edge(const Json& edge) {
    const std::string where = root_.where("edges[" + std::to_string(graph_.edges.size()) + "]");
    require_object(edge, where);
    graph_.edges.push_back({.source = end_of(edge, "source", where),
                            .target = end_of(edge, "target", where),
                            .directed = directed_,
                            .attributes = attributes_in(edge)});
  }

  static void require_object(const Json& value, const std::string& where) {
    if (!value.is_object()) throw InputError({.where = where, .problem = "must be an object {…}"});
  }

  static std::string end_of(const Json& edge, const char* key, const std::string& where) {
    const auto end = edge.find(key);
    if (end == edge.end()) {
      throw InputError({.where = where, .problem = std::string("the field '") + key + "' is missing"});
    }
    return id_of(*end, where);
  }

  static Attributes attributes_in(const Json& object) {
    Attributes attributes;
    for (const auto& [key, value] : object.items()) {
      if (auto text = text_of(value)) attributes.push_back({key, *std::move(text)});
    }
    return attributes;
  }

  JsonFields root_;
  AttributedGraph graph_;
  bool directed_ = false;
};

// Whether a list stands under the key, wherever in the text.
bool has_list(const std::string& text, const std::string& key) {
  constexpr const char* blanks = " \t\r\n";
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    const std::size_t colon = text.find_first_not_of(blanks, at + key.size());
    if (colon == std::string::npos || text[colon] != ':') continue;
    const std::size_t value = text.find_first_not_of(blanks, colon + 1);
    if (value != std::string::npos && text[value] == '[') return true;
  }
  return false;
}

// Node places, levels and indices are numbers to other programs too.
bool is_number(const Attribute& attribute) {
  for (const char* key : {"node", "rack", "pod", "level", "rail", "model", "channel"}) {
    if (attribute.key == key) return true;
  }
  return false;
}

void add_attributes(const Attributes& attributes, Json& object) {
  for (const Attribute& attribute : attributes) {
    if (is_number(attribute)) {
      object[attribute.key] = std::stoul(attribute.text);
    } else {
      object[attribute.key] = attribute.text;
    }
  }
}

}  // namespace

bool looks_like_node_link(const std::string& text, const std::string&) {
  return first_character(text) == '{' && has_list(text, "\"nodes\"") &&
         (has_list(text, "\"edges\"") || has_list(text, "\"links\""));
}

Fleet read_node_link(const std::string& text, const ImportOptions& options) {
  return fleet_of(NodeLinkReading(parse_json(text, options.file), options).run(), options);
}

void write_node_link(const Fleet& fleet, std::ostream& out) {
  const FleetAttributes attributes(fleet);
  try {
    out << "{\"directed\": true, \"multigraph\": true,\n\"graph\": {\"name\": " << Json(fleet.name()).dump()
        << ", \"lockstep\": " << fleet_header(fleet) << "},\n\"nodes\": [";
    for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
      Json node = {{"id", fleet.vertices()[v].name}};
      add_attributes(attributes.of(VertexId(v)), node);
      out << (v == 0 ? "\n" : ",\n") << node.dump();
    }
    out << "],\n\"edges\": [";
    for (std::size_t i = 0; i < fleet.links().size(); ++i) {
      const Link& link = fleet.links()[i];
      Json edge = {{"source", fleet.vertex(link.from).name}, {"target", fleet.vertex(link.to).name}};
      add_attributes(attributes.of(LinkId(i)), edge);
      out << (i == 0 ? "\n" : ",\n") << edge.dump();
    }
    out << "]}\n";
  } catch (const Json::exception&) {
    throw InputError({.where = fleet.name(), .problem = "a name in the fleet is not valid UTF-8"});
  }
}

}  // namespace lockstep::topology
