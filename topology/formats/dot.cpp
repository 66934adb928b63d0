#include <map>
#include <ostream>
#include <tuple>

#include "base/unit_text.hpp"
#include "topology/formats/graph_formats.hpp"

namespace lockstep::topology {
namespace {

// Larger drawings are illegible with boxes around racks and figures on edges, and slow to lay out.
constexpr std::size_t most_boxed_vertices = 256;
constexpr std::size_t most_labelled_edges = 512;

std::string quoted(const std::string& text) {
  std::string dot = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') dot += '\\';
    if (c == '\n') {
      dot += "\\n";
    } else {
      dot += c;
    }
  }
  return dot + '"';
}

const char* style_of(VertexKind kind) {
  switch (kind) {
    case VertexKind::device:
      return "shape=box, style=filled, fillcolor=palegreen";
    case VertexKind::nic:
      return "shape=component, style=filled, fillcolor=lightyellow";
    case VertexKind::network_switch:
      return "shape=ellipse, style=filled, fillcolor=lightblue";
    case VertexKind::host:
      return "shape=box3d, style=filled, fillcolor=lightgrey";
    case VertexKind::pci:
      return "shape=diamond, style=filled, fillcolor=plum";
    case VertexKind::storage:
      return "shape=cylinder, style=filled, fillcolor=wheat";
    case VertexKind::junction:
      return "shape=point";
  }
  return "";
}

// Parallel links of one kind between two vertices, drawn as one edge.
struct Bundle {
  VertexId from;
  VertexId to;
  Channel channel;
  bool half_duplex = false;
  std::size_t forward = 0;
  std::size_t backward = 0;
};

class Drawing {
 public:
  Drawing(const Fleet& fleet, std::ostream& out) : fleet_(fleet), out_(out) {}

  void run() {
    out_ << "digraph " << quoted(fleet_.name()) << " {\n  node [fontname=\"sans-serif\"];\n"
         << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
    draw_vertices();
    const std::vector<Bundle> bundles = bundled_links();
    for (const Bundle& bundle : bundles) draw(bundle, bundles.size() <= most_labelled_edges);
    out_ << "}\n";
  }

 private:
  void draw_vertices() {
    using Box = std::pair<std::optional<std::uint32_t>, std::optional<std::uint32_t>>;  // rack and node
    std::map<Box, std::vector<VertexId>> boxes;
    for (std::size_t v = 0; v < fleet_.vertices().size(); ++v) {
      const Place& place = fleet_.vertices()[v].place;
      const bool boxed = fleet_.vertices().size() <= most_boxed_vertices;
      boxes[boxed ? Box(place.rack, place.node) : Box()].emplace_back(v);
    }
    std::optional<std::uint32_t> open_rack;
    for (const auto& [box, vertices] : boxes) {
      const auto& [rack, node] = box;
      if (open_rack && rack != open_rack) out_ << "  }\n";
      if (rack && rack != open_rack) open("rack", *rack);
      open_rack = rack;
      // A box around one vertex says nothing.
      const bool boxed = node && vertices.size() > 1;
      if (boxed) open("node", *node);
      for (const VertexId vertex : vertices) draw(vertex);
      if (boxed) out_ << "  }\n";
    }
    if (open_rack) out_ << "  }\n";
  }

  // Graphviz draws a subgraph as a box when its name begins with "cluster".
  void open(const char* what, std::uint32_t number) {
    out_ << "  subgraph cluster_" << clusters_++ << " {\n  label=\"" << what << ' ' << number << "\";\n";
  }

  void draw(VertexId id) {
    const Vertex& vertex = fleet_.vertex(id);
    out_ << "  " << quoted(vertex.name) << " [" << style_of(vertex.kind) << "];\n";
  }

  std::vector<Bundle> bundled_links() const {
    std::vector<std::size_t> uses(fleet_.channels().size());
    for (const Link& link : fleet_.links()) ++uses[link.channel.value()];
    using Key = std::tuple<VertexId, VertexId, double, double, LinkKind, Sharing, bool>;
    std::map<Key, std::size_t> index;
    std::vector<Bundle> bundles;
    for (const Link& link : fleet_.links()) {
      const Channel& channel = fleet_.channel(link.channel);
      const bool half_duplex = uses[link.channel.value()] > 1;
      const auto [low, high] = std::minmax(link.from, link.to);
      const Key key(low, high, channel.bandwidth.si(), channel.latency.si(), channel.kind, channel.sharing,
                    half_duplex);
      const auto [found, is_new] = index.try_emplace(key, bundles.size());
      // Graphviz draws the first end above the second: switches above what hangs under them.
      const bool upwards = fleet_.vertex(link.from).level < fleet_.vertex(link.to).level;
      if (is_new) {
        bundles.push_back({upwards ? link.to : link.from, upwards ? link.from : link.to, channel, half_duplex});
      }
      Bundle& bundle = bundles[found->second];
      ++(link.from == bundle.from ? bundle.forward : bundle.backward);
    }
    return bundles;
  }

  // Cables have no arrow; what leads one way only has.
  void draw(const Bundle& bundle, bool labelled) {
    const std::size_t cables = std::min(bundle.forward, bundle.backward);
    if (cables > 0) draw_edge(bundle, cables, ", dir=none", labelled);
    if (bundle.forward > cables) draw_edge(bundle, bundle.forward - cables, "", labelled);
    if (bundle.backward > cables) draw_edge(bundle, bundle.backward - cables, ", dir=back", labelled);
  }

  void draw_edge(const Bundle& bundle, std::size_t count, const char* direction, bool labelled) {
    const Channel& channel = bundle.channel;
    out_ << "  " << quoted(fleet_.vertex(bundle.from).name) << " -> " << quoted(fleet_.vertex(bundle.to).name) << " [";
    if (labelled) {
      out_ << "label=\"" << (count > 1 ? std::to_string(count) + " × " : "") << to_text(channel.bandwidth) << "\", ";
    }
    out_ << "tooltip=\"" << to_text(channel.kind) << ", " << to_text(channel.latency) << '"' << direction;
    if (bundle.half_duplex) out_ << ", style=dashed";
    if (channel.sharing == Sharing::fat_pipe) out_ << ", style=bold";
    out_ << "];\n";
  }

  const Fleet& fleet_;
  std::ostream& out_;
  int clusters_ = 0;
};

}  // namespace

void write_dot(const Fleet& fleet, std::ostream& out) {
  Drawing(fleet, out).run();
}

}  // namespace lockstep::topology
