#include "topology/formats/simgrid/cluster_fabric.hpp"

namespace lockstep::topology::simgrid {
namespace {

// Routers are numbered group by group, chassis by chassis. Green cables join the blades of a chassis, black ones the
// n-th blades of the chassis of a group, and a blue one joins blade j of chassis 0 of group i to blade i of group j.
class DragonflyRouting : public ZoneRouting {
 public:
  DragonflyRouting(const ClusterFabric& cluster, const DragonflyShape& shape, std::uint64_t& cables) : shape_(shape) {
    add_hosts(cluster);
    add_routers(cluster);
    add_local_cables(cluster, cables);
    add_green_cables(cluster, cables);
    add_black_cables(cluster, cables);
    add_blue_cables(cluster, cables);
  }

  bool find(const ZoneTree&, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    auto& links = route.links;
    const Place source = place_of(from.rank);
    const Place target = place_of(to.rank);
    if (limited_) links.push_back(host_limits_[from.rank].out);
    links.push_back(local_[from.rank].up);
    if (router_at(source) != router_at(target)) cross(source, target, links);
    leave_router(router_at(target), links);
    links.push_back(local_[to.rank].down);
    if (limited_) links.push_back(host_limits_[to.rank].in);
    return true;
  }

 private:
  struct Place {
    std::size_t group, chassis, blade;
  };
  struct HostLimits {
    LinkId out, in;
  };
  struct Local {
    LinkId up, down;
  };
  struct Router {
    VertexId vertex;
    VertexId exit;  // where green, black and local cables begin: behind the limiter
    ChannelId limiter_channel;
    LinkId limiter;
    // By the blade, or chassis, that they lead to. SimGrid believes to be in chassis 0 after a green cable inside a
    // group, and goes on from there.
    std::vector<LinkId> green, green_to_first_chassis, black;
    LinkId blue, limiter_behind_blue;
  };

  std::size_t router_at(const Place& place) const {
    return (place.group * shape_.chassis.count + place.chassis) * shape_.blades.count + place.blade;
  }
  Place place_of(std::size_t rank) const {
    const std::size_t router = rank / shape_.nodes;
    const std::size_t chassis = router / shape_.blades.count;
    return {chassis / shape_.chassis.count, chassis % shape_.chassis.count, router % shape_.blades.count};
  }

  void leave_router(std::size_t router, std::vector<LinkId>& links) const {
    if (limited_) links.push_back(routers_[router].limiter);
  }

  void cross(Place at, const Place& target, std::vector<LinkId>& links) const {
    if (at.group != target.group) {
      if (at.blade != target.group) {
        leave_router(router_at(at), links);
        links.push_back(routers_[router_at(at)].green[target.group]);
        at.blade = target.group;
      }
      if (at.chassis != 0) {
        leave_router(router_at(at), links);
        links.push_back(routers_[router_at(at)].black[0]);
        at.chassis = 0;
      }
      links.push_back(routers_[router_at(at)].blue);
      if (limited_) links.push_back(routers_[router_at(at)].limiter_behind_blue);
      at = {target.group, 0, at.group};
    }
    if (at.blade != target.blade) {
      leave_router(router_at(at), links);
      links.push_back(routers_[router_at(at)].green_to_first_chassis[target.blade]);
      at = {target.group, 0, target.blade};
    }
    if (at.chassis != target.chassis) {
      leave_router(router_at(at), links);
      links.push_back(routers_[router_at(at)].black[target.chassis]);
    }
  }

  void add_hosts(const ClusterFabric& cluster) {
    for (std::size_t rank = 0; rank < cluster.hosts.size(); ++rank) {
      VertexId exit = cluster.hosts[rank];
      if (const auto limiter = cluster.add_limiter(static_cast<std::int64_t>(rank))) {
        limited_ = true;
        exit = cluster.wiring.add_junction(cluster.host(rank).name + ": limiter", cluster.host(rank).place);
        host_limits_.push_back({.out = cluster.wiring.edge(*limiter, cluster.hosts[rank], exit),
                                .in = cluster.wiring.edge(*limiter, exit, cluster.hosts[rank])});
      }
      host_exits_.push_back(exit);
    }
  }

  void add_routers(const ClusterFabric& cluster) {
    auto number = static_cast<std::int64_t>(2 * cluster.hosts.size());
    const std::size_t count = cluster.hosts.size() / shape_.nodes;
    for (std::size_t index = 0; index < count; ++index) {
      const Place place = place_of(index * shape_.nodes);
      const std::string name = "router_" + std::to_string(place.group) + "_" + std::to_string(place.chassis) + "_" +
                               std::to_string(place.blade);
      Router router;
      router.vertex = cluster.add_switch(name, 1, cluster.host(index * shape_.nodes).place);
      router.exit = router.vertex;
      if (const auto limiter = cluster.add_limiter(--number)) {
        router.exit = cluster.wiring.add_junction(cluster.id + "_" + name + ": limiter");
        router.limiter_channel = *limiter;
        router.limiter = cluster.wiring.edge(*limiter, router.vertex, router.exit);
      }
      router.green.resize(shape_.blades.count);
      router.green_to_first_chassis.resize(shape_.blades.count);
      router.black.resize(shape_.chassis.count);
      routers_.push_back(std::move(router));
    }
  }

  void add_local_cables(const ClusterFabric& cluster, std::uint64_t& number) {
    for (std::size_t rank = 0; rank < cluster.hosts.size(); ++rank) {
      const std::size_t router = rank / shape_.nodes;
      const Cable cable = cluster.add_cable("local_link_from_router_" + std::to_string(router) + "_to_node_" +
                                            std::to_string(rank % shape_.nodes) + "_" + std::to_string(number++));
      local_.push_back({.up = cluster.wiring.edge(cable.up, host_exits_[rank], routers_[router].vertex),
                        .down = cluster.wiring.edge(cable.down, routers_[router].exit, host_exits_[rank])});
    }
  }

  void add_green_cables(const ClusterFabric& cluster, std::uint64_t& number) {
    for (std::size_t chassis = 0; chassis < routers_.size() / shape_.blades.count; ++chassis) {
      for (std::size_t j = 0; j < shape_.blades.count; ++j) {
        for (std::size_t k = j + 1; k < shape_.blades.count; ++k) {
          const Cable cable = cluster.add_cable(
              "green_link_in_chassis_" + std::to_string(chassis % shape_.chassis.count) + "_between_routers_" +
                  std::to_string(j) + "_and_" + std::to_string(k) + "_" + std::to_string(number++),
              shape_.blades.cables);
          add_green_edges(cluster.wiring, cable.up, chassis, j, k);
          add_green_edges(cluster.wiring, cable.down, chassis, k, j);
        }
      }
    }
  }

  void add_green_edges(Wiring& wiring, ChannelId channel, std::size_t chassis, std::size_t from, std::size_t to) {
    const std::size_t first_chassis = chassis / shape_.chassis.count * shape_.chassis.count;
    Router& router = routers_[chassis * shape_.blades.count + from];
    router.green[to] = wiring.edge(channel, router.exit, routers_[chassis * shape_.blades.count + to].vertex);
    router.green_to_first_chassis[to] =
        wiring.edge(channel, router.exit, routers_[first_chassis * shape_.blades.count + to].vertex);
  }

  void add_black_cables(const ClusterFabric& cluster, std::uint64_t& number) {
    for (std::size_t group = 0; group < shape_.groups.count; ++group) {
      for (std::size_t j = 0; j < shape_.chassis.count; ++j) {
        for (std::size_t k = j + 1; k < shape_.chassis.count; ++k) {
          for (std::size_t blade = 0; blade < shape_.blades.count; ++blade) {
            const Cable cable = cluster.add_cable("black_link_in_group_" + std::to_string(group) + "_between_chassis_" +
                                                      std::to_string(j) + "_and_" + std::to_string(k) + "_blade_" +
                                                      std::to_string(blade) + "_" + std::to_string(number++),
                                                  shape_.chassis.cables);
            Router& a = routers_[router_at({group, j, blade})];
            Router& b = routers_[router_at({group, k, blade})];
            a.black[k] = cluster.wiring.edge(cable.up, a.exit, b.vertex);
            b.black[j] = cluster.wiring.edge(cable.down, b.exit, a.vertex);
          }
        }
      }
    }
  }

  void add_blue_cables(const ClusterFabric& cluster, std::uint64_t& number) {
    for (std::size_t i = 0; i < shape_.groups.count; ++i) {
      for (std::size_t j = i + 1; j < shape_.groups.count; ++j) {
        const std::size_t a = router_at({i, 0, j});
        const std::size_t b = router_at({j, 0, i});
        const std::string name = "blue_link_between_group_" + std::to_string(i) + "_and_" + std::to_string(j) +
                                 "_routers_" + std::to_string(a) + "_and_" + std::to_string(b) + "_" +
                                 std::to_string(number++);
        const Cable cable = cluster.add_cable(name, shape_.groups.cables);
        add_blue_edges(cluster.wiring, cable.up, name + " up", routers_[a], routers_[b]);
        add_blue_edges(cluster.wiring, cable.down, name + " down", routers_[b], routers_[a]);
      }
    }
  }

  // Only here SimGrid lists the limiter of the router behind the cable.
  void add_blue_edges(Wiring& wiring, ChannelId channel, const std::string& name, Router& from, const Router& to) {
    const VertexId end = limited_ ? wiring.add_junction(name + ": limiter") : to.vertex;
    from.blue = wiring.edge(channel, from.vertex, end);
    if (limited_) from.limiter_behind_blue = wiring.edge(from.limiter_channel, end, to.vertex);
  }

  DragonflyShape shape_;
  bool limited_ = false;
  std::vector<VertexId> host_exits_;
  std::vector<HostLimits> host_limits_;
  std::vector<Local> local_;
  std::vector<Router> routers_;
};

}  // namespace

std::uint64_t DragonflyShape::hosts() const {
  return saturating_product({groups.count, chassis.count, blades.count, nodes});
}

std::uint64_t DragonflyShape::cables() const {
  return hosts() + saturating_product({groups.count, chassis.count, blades.count, blades.count}) +
         saturating_product({groups.count, chassis.count, chassis.count, blades.count}) +
         saturating_product({groups.count, groups.count});
}

std::unique_ptr<const ZoneRouting> dragonfly_routing(const ClusterFabric& cluster, const DragonflyShape& shape,
                                                     std::uint64_t& cables) {
  return std::make_unique<DragonflyRouting>(cluster, shape, cables);
}

}  // namespace lockstep::topology::simgrid
