#include "topology/formats/simgrid/cluster_fabric.hpp"

namespace lockstep::topology::simgrid {
namespace {

// Nodes are numbered level by level, hosts first. The label of a node has one digit a level: below its own level which
// of the parallel switches it is, from there on which subtree it belongs to (Zahavi, D-Mod-K Routing, 2010).
class FatTreeRouting : public ZoneRouting {
 public:
  FatTreeRouting(const ClusterFabric& cluster, const FatTreeShape& shape, FatTreeNumbers& numbers)
      : shape_(shape), first_position_(numbers.hosts) {
    numbers.hosts += cluster.hosts.size();
    for (std::size_t level = 0; level <= levels(); ++level) add_nodes(cluster, level);
    for (std::size_t level = 0; level < levels(); ++level) {
      for (std::size_t position = 0; position < nodes_at(level); ++position) {
        add_cables(cluster, level, position, numbers.cables);
      }
    }
  }

  bool find(const ZoneTree&, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    const auto [top, top_level] = climb(from.rank, to.rank, route.links);
    descend(top, top_level, from.rank, to.rank, route.links);
    if (nodes_[to.rank].limited) route.links.push_back(nodes_[to.rank].limiter_in);
    return true;
  }

 private:
  struct Node {
    VertexId vertex;
    VertexId exit;  // where cables up begin: behind the limiter
    bool limited = false;
    LinkId limiter_out, limiter_in;
    ChannelId limiter;
    std::vector<std::uint32_t> up_cables, down_cables;  // by port
  };
  struct UpDown {
    std::uint32_t parent, child;
    LinkId up, down, limiter_down;
  };

  std::size_t levels() const { return shape_.children.size(); }

  std::size_t radix(std::size_t level, std::size_t digit) const {
    return digit < level ? shape_.parents[digit] : shape_.children[digit];
  }
  std::size_t nodes_at(std::size_t level) const {
    std::size_t count = 1;
    for (std::size_t digit = 0; digit < levels(); ++digit) count *= radix(level, digit);
    return count;
  }
  std::size_t label(std::size_t level, std::size_t position, std::size_t digit) const {
    for (std::size_t lower = 0; lower < digit; ++lower) position /= radix(level, lower);
    return position % radix(level, digit);
  }

  void add_nodes(const ClusterFabric& cluster, std::size_t level) {
    level_begin_.push_back(nodes_.size());
    for (std::size_t position = 0; position < nodes_at(level); ++position) {
      const std::size_t hosts = cluster.hosts.size();
      const std::int64_t number = number_of(nodes_.size(), hosts);
      Node node;
      node.vertex = level == 0
                        ? cluster.hosts[position]
                        : cluster.add_switch("switch_" + std::to_string(number), static_cast<std::uint8_t>(level));
      node.exit = node.vertex;
      if (const auto limiter = cluster.add_limiter(number)) add_limits(cluster, node, *limiter);
      nodes_.push_back(std::move(node));
    }
  }

  // SimGrid counts switches downwards from twice the number of hosts.
  static std::int64_t number_of(std::size_t node, std::size_t hosts) {
    const auto signed_node = static_cast<std::int64_t>(node);
    const auto signed_hosts = static_cast<std::int64_t>(hosts);
    return signed_node < signed_hosts ? signed_node : 3 * signed_hosts - 1 - signed_node;
  }

  static void add_limits(const ClusterFabric& cluster, Node& node, ChannelId limiter) {
    node.limited = true;
    node.limiter = limiter;
    node.exit = cluster.wiring.add_junction(cluster.wiring.builder().vertex(node.vertex).name + ": limiter");
    node.limiter_out = cluster.wiring.edge(limiter, node.vertex, node.exit);
    node.limiter_in = cluster.wiring.edge(limiter, node.exit, node.vertex);
  }

  void add_cables(const ClusterFabric& cluster, std::size_t level, std::size_t position, std::uint64_t& number) {
    const std::size_t child = level_begin_[level] + position;
    std::size_t stride = 1;  // of digit `level` among the positions of the parents
    for (std::size_t digit = 0; digit < level; ++digit) stride *= radix(level, digit);
    const std::size_t own_digit = label(level, position, level);
    const std::size_t below = position % stride;
    const std::size_t above = position / stride / shape_.children[level];
    nodes_[child].up_cables.resize(std::size_t{shape_.parents[level]} * shape_.cables[level]);
    for (std::size_t digit = 0; digit < shape_.parents[level]; ++digit) {
      const std::size_t parent = level_begin_[level + 1] + below + stride * (digit + shape_.parents[level] * above);
      nodes_[parent].down_cables.resize(std::size_t{shape_.children[level]} * shape_.cables[level]);
      for (std::size_t parallel = 0; parallel < shape_.cables[level]; ++parallel) {
        const auto cable = static_cast<std::uint32_t>(cables_.size());
        cables_.push_back(wire(cluster, child, parent, level == 0, number++));
        nodes_[parent].down_cables[own_digit + parallel * shape_.children[level]] = cable;
        nodes_[child].up_cables[digit + parallel * shape_.parents[level]] = cable;
      }
    }
  }

  UpDown wire(const ClusterFabric& cluster, std::size_t child_index, std::size_t parent_index, bool child_is_host,
              std::uint64_t number) const {
    const Node& child = nodes_[child_index];
    const Node& parent = nodes_[parent_index];
    const std::string name = "link_from_" + std::to_string(number_of(child_index, cluster.hosts.size())) + "_" +
                             std::to_string(number_of(parent_index, cluster.hosts.size())) + "_" +
                             std::to_string(number);
    const Cable cable = cluster.add_cable(name);
    Wiring& wiring = cluster.wiring;
    UpDown wired{static_cast<std::uint32_t>(parent_index),
                 static_cast<std::uint32_t>(child_index),
                 wiring.edge(cable.up, child.exit, parent.vertex),
                 {},
                 {}};
    const VertexId entry = child_is_host ? child.exit : child.vertex;
    // On the way down SimGrid lists the limiter of the upper node behind the cable.
    const VertexId end = parent.limited ? wiring.add_junction(name + ": limiter") : entry;
    wired.down = wiring.edge(cable.down, parent.vertex, end);
    if (parent.limited) wired.limiter_down = wiring.edge(parent.limiter, end, entry);
    return wired;
  }

  bool is_above(std::size_t level, std::size_t position, std::size_t host) const {
    if (level == 0) return false;
    for (std::size_t digit = level; digit < levels(); ++digit) {
      if (label(level, position, digit) != label(0, host, digit)) return false;
    }
    return true;
  }

  std::pair<std::size_t, std::size_t> climb(std::size_t from, std::size_t to, std::vector<LinkId>& links) const {
    std::size_t node = from;
    std::size_t level = 0;
    std::uint64_t digits = first_position_ + to;
    while (!is_above(level, node - level_begin_[level], to)) {
      const UpDown& cable = cables_[nodes_[node].up_cables[digits % nodes_[node].up_cables.size()]];
      if (nodes_[node].limited) links.push_back(nodes_[node].limiter_out);
      links.push_back(cable.up);
      node = cable.parent;
      digits /= shape_.parents[level++];
    }
    return {node, level};
  }

  // SimGrid's scan of the ports goes on from where it is when it has stepped down, so that the cable taken next
  // depends on the port before.
  void descend(std::size_t node, std::size_t level, std::size_t from, std::size_t to,
               std::vector<LinkId>& links) const {
    while (level > 0) {
      const std::uint64_t parallel = (first_position_ + from) % shape_.cables[level - 1];
      for (std::size_t port = parallel * shape_.children[level - 1]; port < nodes_[node].down_cables.size(); ++port) {
        if (port % shape_.children[level - 1] != label(0, to, level - 1)) continue;
        const UpDown& cable = cables_[nodes_[node].down_cables[port]];
        links.push_back(cable.down);
        if (nodes_[node].limited) links.push_back(cable.limiter_down);
        node = cable.child;
        --level;
        if (level == 0) break;
      }
    }
  }

  FatTreeShape shape_;
  std::uint64_t first_position_;
  std::vector<std::size_t> level_begin_;
  std::vector<Node> nodes_;
  std::vector<UpDown> cables_;
};

}  // namespace

std::uint64_t FatTreeShape::hosts() const {
  return saturating_product(children);
}

std::uint64_t FatTreeShape::elements() const {
  std::uint64_t total = 0;
  for (std::size_t level = 0; level <= children.size(); ++level) {
    std::vector<std::uint32_t> factors;
    for (std::size_t digit = 0; digit < children.size(); ++digit) {
      factors.push_back(digit < level ? parents[digit] : children[digit]);
    }
    total += saturating_product(factors);
    if (level == children.size()) break;
    factors.insert(factors.end(), {parents[level], cables[level]});
    total += saturating_product(factors);
  }
  return total;
}

std::unique_ptr<const ZoneRouting> fat_tree_routing(const ClusterFabric& cluster, const FatTreeShape& shape,
                                                    FatTreeNumbers& numbers) {
  return std::make_unique<FatTreeRouting>(cluster, shape, numbers);
}

}  // namespace lockstep::topology::simgrid
