#include <array>
#include <ostream>
#include <pugixml.hpp>
#include <unordered_map>

#include "base/error.hpp"
#include "topology/formats/attributed_graph.hpp"
#include "topology/formats/fleet_header.hpp"
#include "topology/formats/graph_formats.hpp"
#include "topology/formats/import_text.hpp"

// GraphML (graphml.graphdrawing.org). Read with pugixml, because Boost's read_graphml refuses booleans written
// true/false, takes no place for an error, and would link one more library.
namespace lockstep::topology {
namespace {

using pugi::xml_node;

bool is(const xml_node& node, const char* name) {
  return std::string_view(node.name()) == name;
}

class GraphmlReading {
 public:
  explicit GraphmlReading(const ImportOptions& options) : options_(options) {}

  AttributedGraph run(const xml_node& root) {
    if (!is(root, "graphml")) fail("the root element is <" + std::string(root.name()) + ">, not <graphml>");
    for (const xml_node& key : root.children("key")) read_key(key);
    const xml_node graph = root.child("graph");
    if (!graph) fail("there is no <graph> in it");
    if (graph.next_sibling("graph")) fail("there are several graphs in it", "keep one <graph> a file");
    for (const Attribute& attribute : attributes_of(graph, "graph")) read_info(attribute);
    if (graph_.name.empty() && !graph_.header) graph_.name = graph.attribute("id").value();
    is_directed_ = std::string_view(graph.attribute("edgedefault").value()) == "directed";
    for (const xml_node& element : graph.children()) read_element(element);
    return std::move(graph_);
  }

 private:
  struct Key {
    std::string name;
    std::string domain;                       // node, edge, graph or all
    std::optional<std::string> value_unless;  // <default>
  };

  void read_key(const xml_node& element) {
    const std::string name = element.attribute("attr.name").value();
    if (name.empty()) return;  // drawing data of yEd
    Key key = {name, element.attribute("for").as_string("all"), std::nullopt};
    if (const xml_node value = element.child("default")) key.value_unless = value.text().get();
    keys_.insert_or_assign(element.attribute("id").value(), std::move(key));
  }

  Attributes attributes_of(const xml_node& element, std::string_view domain) const {
    Attributes attributes;
    for (const xml_node& data : element.children("data")) {
      const auto key = keys_.find(data.attribute("key").value());
      if (key != keys_.end()) attributes.push_back({key->second.name, data.text().get()});
    }
    for (const auto& [id, key] : keys_) {
      const bool applies = key.value_unless && (key.domain == domain || key.domain == "all");
      if (applies && find_attribute(attributes, key.name) == nullptr)
        attributes.push_back({key.name, *key.value_unless});
    }
    return attributes;
  }

  void read_info(const Attribute& attribute) {
    if (attribute.key == "lockstep") graph_.header = attribute.text;
    const bool names = attribute.key == "name" || attribute.key == "Network" || attribute.key == "label";
    if (names && graph_.name.empty()) graph_.name = attribute.text;
  }

  void read_element(const xml_node& element) {
    if (is(element, "node")) {
      const std::string id = required(element, "id");
      if (element.child("graph")) fail("the node '" + id + "' holds a graph", "flatten nested graphs first");
      graph_.nodes.push_back({id, attributes_of(element, "node")});
    } else if (is(element, "edge")) {
      const std::string_view direction = element.attribute("directed").value();
      graph_.edges.push_back({.source = required(element, "source"),
                              .target = required(element, "target"),
                              .directed = direction.empty() ? is_directed_ : direction == "true" || direction == "1",
                              .attributes = attributes_of(element, "edge")});
    } else if (is(element, "hyperedge")) {
      fail("it has a hyperedge, and links join two vertices", "replace it by a node with an edge to each end");
    }
  }

  std::string required(const xml_node& element, const char* name) const {
    const pugi::xml_attribute attribute = element.attribute(name);
    if (!attribute) fail(std::string("a <") + element.name() + "> has no attribute '" + name + "'");
    return attribute.value();
  }

  [[noreturn]] void fail(const std::string& problem, const std::string& suggestion = "") const {
    throw InputError({.where = options_.file, .problem = problem, .suggestion = suggestion});
  }

  const ImportOptions& options_;
  AttributedGraph graph_;
  std::unordered_map<std::string, Key> keys_;
  bool is_directed_ = false;
};

// Control characters have no place in XML 1.0, not even escaped.
std::string escaped(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ') {
      throw InputError({.where = text, .problem = "the name has a control character, which XML cannot hold"});
    }
    switch (c) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      default:
        xml += c;
    }
  }
  return xml;
}

struct WrittenKey {
  const char* domain;
  const char* name;
  const char* type;
};
constexpr std::array written_keys = {
    WrittenKey{"graph", "lockstep", "string"}, WrittenKey{"node", "name", "string"},
    WrittenKey{"node", "kind", "string"},      WrittenKey{"node", "node", "long"},
    WrittenKey{"node", "rack", "long"},        WrittenKey{"node", "pod", "long"},
    WrittenKey{"node", "level", "int"},        WrittenKey{"node", "rail", "int"},
    WrittenKey{"node", "model", "long"},       WrittenKey{"edge", "bandwidth", "string"},
    WrittenKey{"edge", "latency", "string"},   WrittenKey{"edge", "kind", "string"},
    WrittenKey{"edge", "sharing", "string"},   WrittenKey{"edge", "name", "string"},
    WrittenKey{"edge", "channel", "long"}};

void write_data(const char* domain, const Attributes& attributes, std::ostream& out) {
  for (const Attribute& attribute : attributes) {
    out << "<data key=\"" << domain << '.' << attribute.key << "\">" << escaped(attribute.text) << "</data>";
  }
}

}  // namespace

bool looks_like_graphml(const std::string& text, const std::string&) {
  constexpr std::size_t looked_at = std::size_t{64} * 1024;
  return first_character(text) == '<' &&
         std::string_view(text).substr(0, looked_at).find("<graphml") != std::string_view::npos;
}

Fleet read_graphml(const std::string& text, const ImportOptions& options) {
  pugi::xml_document document;
  // A name may be a single blank, which pugixml drops unless told to keep it.
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!result) {
    const auto end = text.begin() + std::min(result.offset, static_cast<std::ptrdiff_t>(text.size()));
    throw InputError({.where = at_line(options.file, static_cast<std::size_t>(1 + std::count(text.begin(), end, '\n'))),
                      .problem = std::string("broken XML: ") + result.description()});
  }
  return fleet_of(GraphmlReading(options).run(document.document_element()), options);
}

void write_graphml(const Fleet& fleet, std::ostream& out) {
  const FleetAttributes attributes(fleet);
  const std::string header = fleet_header(fleet);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  for (const WrittenKey& key : written_keys) {
    out << "  <key id=\"" << key.domain << '.' << key.name << "\" for=\"" << key.domain << "\" attr.name=\"" << key.name
        << "\" attr.type=\"" << key.type << "\"/>\n";
  }
  out << "  <graph id=\"fleet\" edgedefault=\"directed\">\n    ";
  write_data("graph", {{"lockstep", header}}, out);
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    // Ids are counted, because GraphML allows no blanks in them.
    out << "\n    <node id=\"n" << v << "\">";
    write_data("node", {{"name", fleet.vertices()[v].name}}, out);
    write_data("node", attributes.of(VertexId(v)), out);
    out << "</node>";
  }
  for (std::size_t i = 0; i < fleet.links().size(); ++i) {
    const Link& link = fleet.links()[i];
    out << "\n    <edge source=\"n" << link.from.value() << "\" target=\"n" << link.to.value() << "\">";
    write_data("edge", attributes.of(LinkId(i)), out);
    out << "</edge>";
  }
  out << "\n  </graph>\n</graphml>\n";
}

}  // namespace lockstep::topology
