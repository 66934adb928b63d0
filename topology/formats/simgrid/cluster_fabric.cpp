#include "topology/formats/simgrid/cluster_fabric.hpp"

#include <algorithm>

namespace lockstep::topology::simgrid {

Cable ClusterFabric::add_cable(const std::string& name, std::uint32_t parallel) const {
  const Channel channel{
      .bandwidth = link.bandwidth * parallel, .latency = link.latency, .kind = LinkKind::network, .name = name};
  if (split_duplex) return wiring.add_split_duplex(channel);
  const ChannelId shared = wiring.add_link(channel);
  return {shared, shared};
}

std::optional<ChannelId> ClusterFabric::add_limiter(std::int64_t number) const {
  if (!limiter_bandwidth) return std::nullopt;
  return wiring.add_link({.bandwidth = *limiter_bandwidth,
                          .latency = Seconds(0),
                          .name = id + "_link_" + std::to_string(number) + "_limiter"});
}

VertexId ClusterFabric::add_switch(const std::string& name, std::uint8_t level, Place place) const {
  return wiring.builder().add_switch(id + "_" + name, level, place);
}

std::uint64_t saturating_product(const std::vector<std::uint32_t>& factors) {
  constexpr std::uint64_t most = std::uint64_t{1} << 31;
  std::uint64_t product = 1;
  for (const std::uint32_t factor : factors) product = std::min(product * factor, most);  // below 2^63 throughout
  return product;
}

}  // namespace lockstep::topology::simgrid
