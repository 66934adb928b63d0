#include "topology/formats/attributed_graph.hpp"

#include <limits>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/fleet_header.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology {
namespace {

template <class Number>
void write_number(std::optional<Number> number, const char* key, Attributes& attributes) {
  if (number) attributes.push_back({key, std::to_string(*number)});
}

// Nodes, racks and pods are counted, and routers keep a row for each: no number can exceed that of all vertices.
constexpr std::uint32_t highest_place = most_vertices;

template <class Number>
std::optional<Number> number_at(const Attributes& attributes, std::string_view key, const std::string& where,
                                Number most = std::numeric_limits<Number>::max()) {
  const std::string* text = find_attribute(attributes, key);
  if (text == nullptr) return std::nullopt;
  return static_cast<Number>(whole_number_in(*text, most, where + ": " + std::string(key)));
}

std::string text_at(const Attributes& attributes, std::string_view key, const std::string& otherwise) {
  const std::string* text = find_attribute(attributes, key);
  return text == nullptr ? otherwise : *text;
}

// Puts back what `attributes_of` took apart.
class Restoration {
 public:
  Restoration(const AttributedGraph& graph, const ImportOptions& options)
      : graph_(graph), options_(options), builder_("") {
    FleetParts parts = parse_fleet_header(*graph.header, options.file);
    builder_.parts() = std::move(parts);
    shared_channels_ = !builder_.parts().channels.empty();
  }

  Fleet run() {
    for (const AttributedGraph::Node& node : graph_.nodes) add_vertex(node);
    for (const AttributedGraph::Edge& edge : graph_.edges) add_link(edge);
    return builder_.build();
  }

 private:
  void add_vertex(const AttributedGraph::Node& node) {
    const std::string where = options_.file + ": node '" + node.id + "'";
    const Attributes& attributes = node.attributes;
    Vertex vertex = {.kind = vertex_kind_from(text_at(attributes, "kind", to_text(VertexKind::device)), where),
                     .name = text_at(attributes, "name", node.id)};
    vertex.place = {.node = number_at(attributes, "node", where, highest_place),
                    .rack = number_at(attributes, "rack", where, highest_place),
                    .pod = number_at(attributes, "pod", where, highest_place)};
    vertex.level = number_at<std::uint8_t>(attributes, "level", where).value_or(0);
    vertex.rail = number_at<std::uint16_t>(attributes, "rail", where);
    vertex.model = DeviceModelId(number_at<std::uint32_t>(attributes, "model", where).value_or(0));
    const std::size_t models = std::max<std::size_t>(builder_.parts().device_models.size(), 1);
    if (vertex.model.value() >= models) {
      throw InputError({.where = where,
                        .problem = "there is no device model " + std::to_string(vertex.model.value()),
                        .suggestion = "the header of the file lists " + std::to_string(models)});
    }
    if (!vertex_of_.try_emplace(node.id, VertexId(builder_.vertex_count())).second) {
      throw InputError({.where = where, .problem = "two nodes have this id"});
    }
    builder_.add_vertex(std::move(vertex));
  }

  void add_link(const AttributedGraph::Edge& edge) {
    const std::string where = options_.file + ": edge '" + edge.source + "' to '" + edge.target + "'";
    if (!edge.directed) {
      throw InputError({.where = where,
                        .problem = "the edge has no direction, but the links of a fleet have one",
                        .suggestion = "write one edge for each direction and mark the graph as directed"});
    }
    const VertexId from = vertex_called(edge.source, where);
    const VertexId to = vertex_called(edge.target, where);
    builder_.add_link_on(channel_of(edge.attributes, where), from, to);
  }

  ChannelId channel_of(const Attributes& attributes, const std::string& where) {
    if (!shared_channels_) return builder_.add_channel(stated_channel(attributes, where));
    const auto index = number_at<std::uint32_t>(attributes, "channel", where);
    const auto& channels = builder_.parts().channels;
    if (!index || *index >= channels.size()) {
      throw InputError({.where = where, .problem = "the edge does not name one of the channels in the file's header"});
    }
    if (stated_channel(attributes, where) != channels[*index]) {
      throw InputError({.where = where,
                        .problem = "the edge and its channel " + std::to_string(*index) + " in the header differ",
                        .suggestion = "change bandwidth, latency, kind, sharing and name in both places"});
    }
    return ChannelId(*index);
  }

  static Channel stated_channel(const Attributes& attributes, const std::string& where) {
    Channel channel = {
        .bandwidth = parse_quantity<Bandwidth>(text_at(attributes, "bandwidth", ""), where + ": bandwidth"),
        .latency = parse_quantity<Seconds>(text_at(attributes, "latency", ""), where + ": latency")};
    channel.kind = link_kind_from(text_at(attributes, "kind", to_text(LinkKind::generic)), where);
    channel.sharing = sharing_from(text_at(attributes, "sharing", to_text(Sharing::shared)), where);
    channel.name = text_at(attributes, "name", "");
    check_link({channel.bandwidth, channel.latency}, where);
    return channel;
  }

  VertexId vertex_called(const std::string& id, const std::string& where) const {
    const auto found = vertex_of_.find(id);
    if (found == vertex_of_.end()) throw InputError({.where = where, .problem = "there is no node '" + id + "'"});
    return found->second;
  }

  const AttributedGraph& graph_;
  const ImportOptions& options_;
  FleetBuilder builder_;
  bool shared_channels_ = false;
  std::unordered_map<std::string, VertexId> vertex_of_;
};

}  // namespace

const std::string* find_attribute(const Attributes& attributes, std::string_view key) {
  for (const Attribute& attribute : attributes) {
    if (attribute.key == key) return &attribute.text;
  }
  return nullptr;
}

FleetAttributes::FleetAttributes(const Fleet& fleet) : fleet_(fleet), name_channels_(!one_channel_a_link(fleet)) {}

Attributes FleetAttributes::of(VertexId id) const {
  const Vertex& vertex = fleet_.vertex(id);
  Attributes attributes = {{"kind", to_text(vertex.kind)}};
  write_number(vertex.place.node, "node", attributes);
  write_number(vertex.place.rack, "rack", attributes);
  write_number(vertex.place.pod, "pod", attributes);
  if (vertex.level != 0) write_number(std::optional(vertex.level), "level", attributes);
  write_number(vertex.rail, "rail", attributes);
  if (vertex.model != DeviceModelId()) write_number(std::optional(vertex.model.value()), "model", attributes);
  return attributes;
}

Attributes FleetAttributes::of(LinkId id) const {
  const ChannelId channel_id = fleet_.link(id).channel;
  const Channel& channel = fleet_.channel(channel_id);
  Attributes attributes = {{"bandwidth", to_exact_text(channel.bandwidth)},
                           {"latency", to_exact_text(channel.latency)}};
  if (channel.kind != LinkKind::generic) attributes.push_back({"kind", to_text(channel.kind)});
  if (channel.sharing != Sharing::shared) attributes.push_back({"sharing", to_text(channel.sharing)});
  if (!channel.name.empty()) attributes.push_back({"name", channel.name});
  if (name_channels_) write_number(std::optional(channel_id.value()), "channel", attributes);
  return attributes;
}

Fleet restored_fleet(const AttributedGraph& graph, const ImportOptions& options) {
  return Restoration(graph, options).run();
}

Fleet fleet_of(const AttributedGraph& graph, const ImportOptions& options) {
  return graph.header ? restored_fleet(graph, options) : guessed_fleet(graph, options);
}

}  // namespace lockstep::topology
