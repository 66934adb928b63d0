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
  // A few destinations, each from many sources, because routers keep a table for every destination; and no more links
  // than a second or two can follow, however long the routes are.
  constexpr std::uint64_t most_destinations = 256;
  constexpr double most_links_followed = 3e7;
  RandomStream random(0, "topology/link_loads");
  double followed = 0;
  for (std::uint64_t d = 0; d < most_destinations && followed < most_links_followed; ++d) {
    const std::uint64_t to = random.below(devices);
    for (std::uint64_t i = 0; i < most_pairs / most_destinations && followed < most_links_followed; ++i) {
      count(random.below(devices), to);
      followed += double(route.size());
    }
  }
  return loads;
}

}  // namespace lockstep::topology
