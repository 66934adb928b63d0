#include <gtest/gtest.h>

#include "base/random_stream.hpp"
#include "tests/topology/fleets.hpp"
#include "tests/topology/formats/simgrid/platforms.hpp"
#include "tests/topology/random_fleets.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

Fleet there_and_back(const Fleet& fleet) {
  std::ostringstream out;
  export_simgrid_platform(fleet, out);
  return import_text(out.str());
}

// Gives parts every figure that the format must carry.
Fleet decorated(const Fleet& plain, std::uint64_t seed) {
  RandomStream random(seed, "tests/simgrid/decorated");
  FleetParts parts = plain.parts();
  parts.device_models = {
      {.name = "a b = c"},
      {.compute = FlopRate(1e12 / 3)},
      {.name = "big", .compute = FlopRate(989e12), .memory = Bytes(80e9), .memory_bandwidth = Bandwidth(3.35e12)}};
  constexpr VertexKind others[] = {VertexKind::nic, VertexKind::network_switch, VertexKind::host,
                                   VertexKind::pci, VertexKind::storage,        VertexKind::junction};
  for (Vertex& vertex : parts.vertices) {
    if (vertex.kind != VertexKind::device) vertex.kind = others[random.below(6)];
    if (vertex.kind == VertexKind::device) vertex.model = DeviceModelId(random.below(3));
    if (random.below(2) == 0) vertex.place.node = static_cast<std::uint32_t>(random.below(4));
    if (random.below(2) == 0) vertex.place.rack = static_cast<std::uint32_t>(random.below(4));
    if (random.below(2) == 0) vertex.place.pod = static_cast<std::uint32_t>(random.below(4));
    if (random.below(2) == 0) vertex.rail = static_cast<std::uint16_t>(random.below(8));
    vertex.level = static_cast<std::uint8_t>(random.below(4));
  }
  for (Channel& channel : parts.channels) {
    channel.kind = static_cast<LinkKind>(random.below(6));
    channel.sharing = static_cast<Sharing>(random.below(2));
    if (random.below(2) == 0) channel.name = "cable " + std::to_string(random.below(5));
    channel.bandwidth = Bandwidth(1e9 / (1.0 + double(random.below(1000))));
    channel.latency = Seconds(1e-6 / (1.0 + double(random.below(1000))));
  }
  parts.routing = {.kind = random.below(2) == 0 ? RoutingSpec::Kind::shortest_path : RoutingSpec::Kind::ecmp,
                   .seed = random.below(UINT64_MAX)};
  if (random.below(2) == 0) parts.known_bisection = KnownBisection{Bandwidth(1e9 / 7), "n / 2 \"cables\""};
  return Fleet(std::move(parts));
}

void expect_same_fleet(const Fleet& a, const Fleet& b) {
  EXPECT_EQ(a.name(), b.name());
  EXPECT_EQ(a.parts().vertices, b.parts().vertices);
  EXPECT_EQ(a.parts().channels, b.parts().channels);
  EXPECT_EQ(a.parts().links, b.parts().links);
  EXPECT_EQ(a.parts().device_models, b.parts().device_models);
  EXPECT_EQ(a.routing(), b.routing());
  EXPECT_EQ(a.known_bisection().has_value(), b.known_bisection().has_value());
  if (a.known_bisection() && b.known_bisection()) {
    EXPECT_EQ(a.known_bisection()->one_way, b.known_bisection()->one_way);
    EXPECT_EQ(a.known_bisection()->formula, b.known_bisection()->formula);
  }
}

void expect_same_routes(const Fleet& a, const Fleet& b, FlowLabel flow) {
  for (const VertexId from : a.devices()) {
    for (const VertexId to : a.devices()) {
      std::vector<LinkId> route_a, route_b;
      EXPECT_EQ(a.append_route(from, to, flow, route_a), b.append_route(from, to, flow, route_b));
      ASSERT_EQ(route_a, route_b);
    }
  }
}

TEST(SimGridExchange, BringsRandomFleetsBackAsTheyWere) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Fleet fleet = decorated(random_fleet(seed), seed);
    const Fleet back = there_and_back(fleet);
    expect_same_fleet(fleet, back);
    expect_same_routes(fleet, back, 0);
    expect_same_routes(fleet, back, seed);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

TEST(SimGridExchange, BringsEveryRoutingBack) {
  constexpr const char* rails =
      R"({"nodes":4,"node":{"devices":4,"link":{"bandwidth":"450 GB/s","latency":"250 ns"}},
          "fabric":{"topology":"rail_optimized","link":{"bandwidth":"50 GB/s","latency":"1 us"}}})";
  for (const Fleet& fleet : {topology_of("torus", R"("dimensions":[4,3])"), topology_of("fat_tree", R"("radix":4)"),
                             topology_of("ring", R"("devices":5,"routing":"ecmp")"), fleet_from(rails)}) {
    const Fleet back = there_and_back(fleet);
    expect_same_fleet(fleet, back);
    expect_same_routes(fleet, back, 3);
  }
}

TEST(SimGridExchange, BringsImportedPlatformsBackWithTheirTables) {
  for (const std::string& name : platform_names()) {
    const Fleet fleet = platform(name);
    const Fleet back = there_and_back(fleet);
    expect_same_fleet(fleet, back);
    for (const VertexId from : fleet.devices()) {
      for (const VertexId to : fleet.devices()) {
        std::vector<LinkId> route, route_back;
        EXPECT_EQ(fleet.append_route(from, to, 0, route), back.append_route(from, to, 0, route_back));
        ASSERT_EQ(channel_names(fleet, route), channel_names(back, route_back)) << name;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::topology
