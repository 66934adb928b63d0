#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topology/formats/simgrid/wiring.hpp"
#include "topology/formats/simgrid/zone_tree.hpp"

// SimGrid's clusters with an inner structure. Links, their names and the routes over them are those of SimGrid 3.32,
// its slips included: a platform is simulated as its author sees it there.
namespace lockstep::topology::simgrid {

// What a <cluster> says of its links, and its hosts by rank.
struct ClusterFabric {
  Wiring& wiring;
  std::string id;
  std::vector<VertexId> hosts;
  LinkProperties link;
  bool split_duplex = true;
  std::optional<Bandwidth> limiter_bandwidth = {};  // every node's limiter, which all that it sends passes

  // One link or two, as the cluster's sharing policy says; `parallel` cables count as one that is so much wider.
  Cable add_cable(const std::string& name, std::uint32_t parallel = 1) const;
  std::optional<ChannelId> add_limiter(std::int64_t number) const;
  VertexId add_switch(const std::string& name, std::uint8_t level, Place place = {}) const;
  const Vertex& host(std::size_t rank) const { return wiring.builder().vertex(hosts[rank]); }
};

// The product, or 2^31 where it is larger: shapes are checked before anything is built of them.
std::uint64_t saturating_product(const std::vector<std::uint32_t>& factors);

// A torus: every host has a cable to the next one in each dimension and forwards what is not for it.
std::unique_ptr<const ZoneRouting> torus_routing(const ClusterFabric& cluster, std::vector<std::uint32_t> dimensions);

// Levels from the hosts up: nodes below each switch, switches above each node, parallel cables between the two.
struct FatTreeShape {
  std::vector<std::uint32_t> children, parents, cables;
  std::uint64_t hosts() const;
  std::uint64_t elements() const;  // nodes and cables
};
// SimGrid numbers the hosts and cables of all fat trees of a platform through.
struct FatTreeNumbers {
  std::uint64_t hosts = 0;
  std::uint64_t cables = 0;
};
std::unique_ptr<const ZoneRouting> fat_tree_routing(const ClusterFabric& cluster, const FatTreeShape& shape,
                                                    FatTreeNumbers& numbers);

// How many there are, and how many cables lie between two of them.
struct DragonflyShape {
  struct Level {
    std::uint32_t count, cables;
  };
  Level groups, chassis, blades;  // chassis a group, blades (routers) a chassis
  std::uint32_t nodes;            // a blade
  std::uint64_t hosts() const;
  std::uint64_t cables() const;  // at least as many as there are
};
// `cables` counts the cables of all dragonflies of a platform.
std::unique_ptr<const ZoneRouting> dragonfly_routing(const ClusterFabric& cluster, const DragonflyShape& shape,
                                                     std::uint64_t& cables);

}  // namespace lockstep::topology::simgrid
