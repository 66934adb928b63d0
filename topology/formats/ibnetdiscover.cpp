#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/cluster_formats.hpp"
#include "topology/formats/ibnetdiscover_text.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/natural_order.hpp"

namespace lockstep::topology {
namespace {

// "gpu-node7 HCA-3" and "gpu-node7 mlx5_2" belong to the host gpu-node7; "MT4129 ConnectX7   Mellanox Technologies" is
// what an adapter calls itself that no host has named.
std::optional<std::string> host_in(const std::string& description) {
  const std::size_t blank = description.find(' ');
  if (blank == std::string::npos || description.find(' ', blank + 1) != std::string::npos) return std::nullopt;
  const std::string_view device = std::string_view(description).substr(blank + 1);
  if (!device.starts_with("HCA-") && !device.starts_with("mlx") && !device.starts_with("ib")) return std::nullopt;
  return description.substr(0, blank);
}

// NVIDIA's switches hold the engine of in-network reductions as an adapter on a port of its own.
bool is_aggregation_node(const std::string& description) {
  return description.find("Aggregation Node") != std::string::npos;
}

class FabricImport {
 public:
  FabricImport(const std::string& text, const ImportOptions& options)
      : options_(options),
        builder_(fleet_name_of(options, "infiniband")),
        sections_(parse_ibnetdiscover(text, options.file)) {}

  Fleet run() {
    collect_nodes();
    add_adapters();
    add_switches();
    for (const InfinibandNode& section : sections_) {
      for (const auto& [port, peer] : section.ports) add_cable(section, port, peer);
    }
    const bool is_tree = find_levels();
    builder_.set_routing({.kind = is_tree ? RoutingSpec::Kind::up_down : RoutingSpec::Kind::ecmp});
    warn();
    return builder_.build();
  }

 private:
  // Partial listings name neighbours that have no section of their own.
  void collect_nodes() {
    for (const InfinibandNode& section : sections_) {
      section_of_.emplace(section.id, &section);
      note(section.id, section.description);
    }
    for (const InfinibandNode& section : sections_) {
      for (const auto& [port, peer] : section.ports) note(peer.id, peer.description);
    }
  }

  void note(const std::string& id, const std::string& description) {
    if (!seen_.insert(id).second) return;
    if (is_aggregation_node(description)) {
      aggregation_nodes_.insert(id);
    } else {
      (id.starts_with('S') ? switches_ : adapters_).emplace_back(id, description.empty() ? id : description);
    }
  }

  // The subnet is listed in the order of its discovery; ranks should follow host by host.
  void add_adapters() {
    std::stable_sort(adapters_.begin(), adapters_.end(),
                     [](const auto& a, const auto& b) { return natural_less(a.second, b.second); });
    std::unordered_map<std::string, std::uint32_t> hosts;
    for (const auto& [id, description] : adapters_) {
      Place place;
      if (const auto host = host_in(description)) {
        place.node = hosts.try_emplace(*host, static_cast<std::uint32_t>(hosts.size())).first->second;
      }
      vertex_of_.emplace(id, builder_.add_device(names_.claim(description), {}, place));
    }
  }

  void add_switches() {
    for (const auto& [id, description] : switches_) {
      vertex_of_.emplace(id, builder_.add_switch(names_.claim(description)));
    }
  }

  // Each cable is listed at both its ends, unless the listing is partial.
  void add_cable(const InfinibandNode& section, std::uint32_t port, const InfinibandNode::Peer& peer) {
    if (aggregation_nodes_.contains(section.id) || aggregation_nodes_.contains(peer.id)) return;
    const auto far_section = section_of_.find(peer.id);
    std::optional<Bandwidth> speed = peer.speed;
    if (far_section != section_of_.end()) {
      const auto back = far_section->second->ports.find(peer.port);
      if (back != far_section->second->ports.end()) {
        check_back(section, port, peer, back->second);
        if (!speed) speed = back->second.speed;
      }
    }
    if (!plug(section.id, port, peer.id, peer.port, peer.line)) return;
    if (!speed) ++default_links_;
    builder_.add_cable(vertex_of_.at(section.id), vertex_of_.at(peer.id),
                       {.bandwidth = speed.value_or(options_.default_link.bandwidth),
                        .latency = options_.default_link.latency,
                        .kind = LinkKind::network});
  }

  void check_back(const InfinibandNode& section, std::uint32_t port, const InfinibandNode::Peer& there,
                  const InfinibandNode::Peer& back) const {
    if (back.id != section.id || back.port != port) {
      fail(there.line, "'" + section.id + "' port " + std::to_string(port) + " leads to '" + there.id + "' port " +
                           std::to_string(there.port) + ", but line " + std::to_string(back.line) +
                           " says that this port leads to '" + back.id + "' port " + std::to_string(back.port));
    }
    if (there.speed && back.speed && *there.speed != *back.speed) {
      fail(there.line,
           "the two ends of one cable state different speeds (the other is on line " + std::to_string(back.line) + ")");
    }
  }

  // False when this cable has been added from its other end.
  bool plug(const std::string& a, std::uint32_t a_port, const std::string& b, std::uint32_t b_port, std::size_t line) {
    const auto near = std::pair(a, a_port);
    const auto far = std::pair(b, b_port);
    const auto known = plugged_.find(near);
    if (known != plugged_.end() && known->second == far) return false;
    if (known != plugged_.end() || plugged_.contains(far)) {
      fail(line, "port " + std::to_string(b_port) + " of '" + b + "' or port " + std::to_string(a_port) + " of '" + a +
                     "' would have two cables");
    }
    plugged_.emplace(near, far);
    plugged_.emplace(far, near);
    return true;
  }

  // A switch's level is its distance from the nearest adapter. Routes can follow levels when every cable between
  // switches leads from one level to the next.
  bool find_levels() {
    const auto& links = builder_.parts().links;
    std::vector<std::vector<VertexId>> neighbours(builder_.vertex_count());
    for (const Link& link : links) neighbours[link.from.value()].push_back(link.to);
    std::vector<std::size_t> distance(builder_.vertex_count(), SIZE_MAX);
    std::deque<VertexId> queue;
    for (std::size_t v = 0; v < adapters_.size(); ++v) {
      distance[v] = 0;
      queue.emplace_back(v);
    }
    for (; !queue.empty(); queue.pop_front()) {
      const VertexId at = queue.front();
      for (const VertexId next : neighbours[at.value()]) {
        if (distance[next.value()] != SIZE_MAX) continue;
        distance[next.value()] = distance[at.value()] + 1;
        queue.push_back(next);
      }
    }
    constexpr std::size_t highest = 255;
    bool is_tree = true;
    for (std::size_t v = adapters_.size(); v < distance.size(); ++v) {
      if (distance[v] == SIZE_MAX) distance[v] = 1;  // a switch that no adapter reaches
      is_tree = is_tree && distance[v] <= highest;
      builder_.vertex(VertexId(v)).level = static_cast<std::uint8_t>(std::min(distance[v], highest));
    }
    return is_tree && !switches_.empty() && std::all_of(links.begin(), links.end(), [&](const Link& link) {
             return distance[link.from.value()] != distance[link.to.value()];
           });
  }

  void warn() {
    builder_.warn("the file states no latency: every link got " + to_text(options_.default_link.latency));
    if (!aggregation_nodes_.empty()) {
      builder_.warn(std::to_string(aggregation_nodes_.size()) +
                    " aggregation nodes inside switches were left out: they run no rank");
    }
    warn_of_default_link(builder_, default_links_, options_);
  }

  [[noreturn]] void fail(std::size_t line, const std::string& problem) const {
    throw InputError({.where = at_line(options_.file, line), .problem = problem});
  }

  const ImportOptions& options_;
  FleetBuilder builder_;
  std::vector<InfinibandNode> sections_;
  std::unordered_map<std::string, const InfinibandNode*> section_of_;
  std::set<std::string> seen_, aggregation_nodes_;
  std::vector<std::pair<std::string, std::string>> adapters_, switches_;  // id and description
  UniqueNames names_;
  std::unordered_map<std::string, VertexId> vertex_of_;
  std::map<std::pair<std::string, std::uint32_t>, std::pair<std::string, std::uint32_t>> plugged_;
  std::size_t default_links_ = 0;
};

}  // namespace

bool looks_like_ibnetdiscover(const std::string& text, const std::string&) {
  constexpr std::size_t looked_at = std::size_t{64} * 1024;
  LineReader lines(std::string_view(text).substr(0, looked_at));
  for (std::string_view line; lines.next(line);) {
    if (line.starts_with("# Topology file: generated on")) return true;
    const bool head = line.starts_with("Switch\t") || line.starts_with("Switch ") || line.starts_with("Ca\t") ||
                      line.starts_with("Ca ");
    if (head && (line.find("\"S-") != std::string_view::npos || line.find("\"H-") != std::string_view::npos))
      return true;
  }
  return false;
}

Fleet read_ibnetdiscover(const std::string& text, const ImportOptions& options) {
  return FabricImport(text, options).run();
}

}  // namespace lockstep::topology
