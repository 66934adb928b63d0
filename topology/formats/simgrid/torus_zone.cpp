#include "topology/formats/simgrid/cluster_fabric.hpp"

namespace lockstep::topology::simgrid {
namespace {

class TorusRouting : public ZoneRouting {
 public:
  TorusRouting(const ClusterFabric& cluster, std::vector<std::uint32_t> dimensions)
      : dimensions_(std::move(dimensions)), forward_(cluster.hosts.size() * dimensions_.size()), back_(forward_) {
    std::vector<Ports> ports;
    for (std::size_t rank = 0; rank < cluster.hosts.size(); ++rank) ports.push_back(add_ports(cluster, rank));
    for (std::size_t rank = 0; rank < cluster.hosts.size(); ++rank) add_cables(cluster, ports, rank);
  }

  // Dimension after dimension. SimGrid picks the way round by where the source is, once and for all.
  bool find(const ZoneTree&, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    std::size_t at = from.rank;
    std::size_t stride = 1;
    for (std::size_t j = 0; j < dimensions_.size(); ++j) {
      const std::size_t size = dimensions_[j];
      const std::size_t target = to.rank / stride % size;
      const bool ahead = goes_ahead(from.rank / stride % size, target, size);
      while (at / stride % size != target) {
        const std::size_t here = at / stride % size;
        const std::size_t next = ahead ? (here + 1) % size : (here + size - 1) % size;
        const std::size_t neighbour = at + next * stride - here * stride;
        if (!limits_.empty()) route.links.push_back(at == from.rank ? limits_[at].send : limits_[at].pass);
        route.links.push_back(ahead ? forward_[at * dimensions_.size() + j]
                                    : back_[neighbour * dimensions_.size() + j]);
        at = neighbour;
      }
      stride *= size;
    }
    if (!limits_.empty()) route.links.push_back(limits_[at].receive);
    return true;
  }

 private:
  // Where cables begin and end: the host itself, or the two sides of its limiter.
  struct Ports {
    VertexId in, out;
  };
  struct Limits {
    LinkId send, pass, receive;
  };

  static bool goes_ahead(std::size_t source, std::size_t target, std::size_t size) {
    if (target > source && target <= source + size / 2) return true;
    return source > size / 2 && (source + size / 2) % size >= target;
  }

  Ports add_ports(const ClusterFabric& cluster, std::size_t rank) {
    const VertexId host = cluster.hosts[rank];
    const auto limiter = cluster.add_limiter(static_cast<std::int64_t>(rank));
    if (!limiter) return {host, host};
    const std::string name = cluster.host(rank).name;
    const Place place = cluster.host(rank).place;
    const Ports ports{cluster.wiring.add_junction(name + ": in", place),
                      cluster.wiring.add_junction(name + ": out", place)};
    limits_.push_back({.send = cluster.wiring.edge(*limiter, host, ports.out),
                       .pass = cluster.wiring.edge(*limiter, ports.in, ports.out),
                       .receive = cluster.wiring.edge(*limiter, ports.in, host)});
    return ports;
  }

  void add_cables(const ClusterFabric& cluster, const std::vector<Ports>& ports, std::size_t rank) {
    std::size_t stride = 1;
    for (std::size_t j = 0; j < dimensions_.size(); stride *= dimensions_[j], ++j) {
      const std::size_t size = dimensions_[j];
      if (size == 1) continue;
      const std::size_t here = rank / stride % size;
      const std::size_t next = rank + (here + 1) % size * stride - here * stride;
      const Cable cable =
          cluster.add_cable(cluster.id + "_link_from_" + std::to_string(rank) + "_to_" + std::to_string(next));
      forward_[rank * dimensions_.size() + j] = cluster.wiring.edge(cable.up, ports[rank].out, ports[next].in);
      back_[rank * dimensions_.size() + j] = cluster.wiring.edge(cable.down, ports[next].out, ports[rank].in);
    }
  }

  std::vector<std::uint32_t> dimensions_;
  std::vector<LinkId> forward_, back_;  // of the cable ahead of each host in each dimension
  std::vector<Limits> limits_;
};

}  // namespace

std::unique_ptr<const ZoneRouting> torus_routing(const ClusterFabric& cluster, std::vector<std::uint32_t> dimensions) {
  return std::make_unique<TorusRouting>(cluster, std::move(dimensions));
}

}  // namespace lockstep::topology::simgrid
