#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/topology/fleets.hpp"
#include "tests/topology/random_fleets.hpp"
#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {
namespace {

constexpr std::uint64_t fleets = 400;

Fleet with_routing(const Fleet& fleet, RoutingSpec routing) {
  FleetParts parts = fleet.parts();
  parts.routing = std::move(routing);
  return Fleet(std::move(parts));
}

// Fewest links between all vertices, the slow and obvious way (Floyd and Warshall).
std::vector<std::vector<std::size_t>> all_distances(const Fleet& fleet) {
  const std::size_t count = fleet.vertices().size();
  const std::size_t far = count + 1;
  std::vector<std::vector<std::size_t>> distance(count, std::vector<std::size_t>(count, far));
  for (std::size_t v = 0; v < count; ++v) distance[v][v] = 0;
  for (const Link& link : fleet.links()) {
    if (link.from != link.to) distance[link.from.value()][link.to.value()] = 1;
  }
  for (std::size_t via = 0; via < count; ++via) {
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = 0; b < count; ++b) {
        distance[a][b] = std::min({distance[a][b], distance[a][via] + distance[via][b], far});
      }
    }
  }
  return distance;
}

void expect_connected(const Fleet& fleet, VertexId from, VertexId to, const std::vector<LinkId>& route) {
  VertexId at = from;
  for (const LinkId id : route) {
    ASSERT_EQ(fleet.link(id).from, at);
    at = fleet.link(id).to;
  }
  ASSERT_EQ(at, to);
}

TEST(MinimalRoutes, AreAsShortAsCanBeInRandomFleets) {
  for (std::uint64_t seed = 0; seed < fleets; ++seed) {
    const Fleet drawn = random_fleet(seed);
    const auto distance = all_distances(drawn);
    for (const auto kind : {RoutingSpec::Kind::shortest_path, RoutingSpec::Kind::ecmp}) {
      const Fleet fleet = with_routing(drawn, {.kind = kind, .seed = seed});
      for (std::uint32_t a = 0; a < distance.size(); ++a) {
        for (std::uint32_t b = 0; b < distance.size(); ++b) {
          std::vector<LinkId> route;
          const bool found = fleet.append_route(VertexId(a), VertexId(b), seed, route);
          ASSERT_EQ(found, distance[a][b] <= distance.size()) << "seed " << seed << " " << a << " to " << b;
          if (!found) continue;
          ASSERT_EQ(route.size(), distance[a][b]) << "seed " << seed << " " << a << " to " << b;
          expect_connected(fleet, VertexId(a), VertexId(b), route);
        }
      }
    }
  }
}

TEST(HopMetrics, AgreeWithAllDistancesInRandomFleets) {
  for (std::uint64_t seed = 0; seed < fleets; ++seed) {
    const Fleet fleet = random_fleet(seed);
    const auto distance = all_distances(fleet);
    std::uint64_t pairs = 0;
    double sum = 0;
    std::size_t diameter = 0;
    for (const VertexId a : fleet.devices()) {
      for (const VertexId b : fleet.devices()) {
        const std::size_t hops = distance[a.value()][b.value()];
        if (a == b || hops > distance.size()) continue;
        pairs += 1;
        sum += double(hops);
        diameter = std::max(diameter, hops);
      }
    }
    const HopMetrics hops = measure_hops(fleet);
    ASSERT_EQ(hops.connected_pairs, pairs) << "seed " << seed;
    ASSERT_EQ(hops.diameter, diameter) << "seed " << seed;
    ASSERT_NEAR(hops.average, pairs == 0 ? 0 : sum / double(pairs), 1e-12) << "seed " << seed;
  }
}

// A maximum flow is no larger than any cut, and the minimum cut is one of the 2^n ways to place the other vertices.
TEST(CutBandwidth, IsTheSmallestOfAllCutsInRandomFleets) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Fleet fleet = random_fleet(seed);
    const std::size_t count = fleet.vertices().size();
    if (count > 14 || fleet.device_count() < 2) continue;
    std::vector<bool> half(fleet.device_count());
    for (std::size_t d = 0; d < half.size(); ++d) half[d] = (d + seed) % 2 == 0;
    std::optional<double> smallest;
    for (std::uint32_t sides = 0; sides < (1u << count); ++sides) {
      auto on_source_side = [&](VertexId v) { return ((sides >> v.value()) & 1u) != 0; };
      bool fits = true;
      for (std::size_t d = 0; d < half.size(); ++d) fits = fits && on_source_side(fleet.devices()[d]) == half[d];
      if (!fits) continue;
      double crossing = 0;
      for (const Link& link : fleet.links()) {
        if (on_source_side(link.from) && !on_source_side(link.to))
          crossing += fleet.channel(link.channel).bandwidth.si();
      }
      if (!smallest || crossing < *smallest) smallest = crossing;
    }
    EXPECT_DOUBLE_EQ(cut_bandwidth(fleet, half).si(), *smallest) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockstep::topology
