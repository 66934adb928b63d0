#include "base/random_stream.hpp"
#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {

LinkLoads measure_link_loads(const Fleet& fleet) {
  constexpr std::uint64_t most_pairs = 2'000'000;
  const std::uint64_t devices = fleet.device_count();
  LinkLoads loads{.routes = std::vector<double>(fleet.channels().size(), 0.0)};
  loads.sampled = devices * (devices - 1) > most_pairs;
  std::vector<LinkId> route;
  auto count = [&](std::uint64_t from, std::uint64_t to) {
    route.clear();
    if (from == to || !fleet.append_route(fleet.devices()[from], fleet.devices()[to], 0, route)) return;
    loads.pairs += 1;
    for (const LinkId id : route) loads.routes[fleet.link(id).channel.value()] += 1;
  };
  if (!loads.sampled) {
    for (std::uint64_t from = 0; from < devices; ++from) {
      for (std::uint64_t to = 0; to < devices; ++to) count(from, to);
    }
    return loads;
  }
  RandomStream random(0, "topology/link_loads");
  for (std::uint64_t i = 0; i < most_pairs; ++i) {
    const std::uint64_t from = random.below(devices);
    count(from, random.below(devices));
  }
  return loads;
}

}  // namespace lockstep::topology
