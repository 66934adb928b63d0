#include "topology/metrics/fleet_metrics.hpp"

#include <gtest/gtest.h>

#include "tests/topology/fleets.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::topology {
namespace {

constexpr LinkProperties cable{Bandwidth(1e9), Seconds(1e-6)};

TEST(Components, ListDisconnectedPartsLargestFirst) {
  FleetBuilder builder("parts");
  builder.add_device("alone");
  const VertexId a = builder.add_device("a");
  builder.add_cable(a, builder.add_device("b"), cable);
  builder.add_switch("unused");
  const auto components = find_components(builder.build());
  ASSERT_EQ(components.size(), 3u);
  EXPECT_EQ(components[0].devices, 2u);
  EXPECT_EQ(components[1].devices, 1u);
  EXPECT_EQ(components[2].devices, 0u);
}

TEST(Hops, LeaveOutPairsThatAreNotConnected) {
  FleetBuilder builder("parts");
  const VertexId a = builder.add_device("a");
  builder.add_cable(a, builder.add_device("b"), cable);
  builder.add_device("alone");
  const HopMetrics hops = measure_hops(builder.build());
  EXPECT_EQ(hops.connected_pairs, 2u);
  EXPECT_EQ(hops.diameter, 1u);
  EXPECT_EQ(hops.average, 1.0);
}

TEST(Hops, OfASingleDeviceAreNone) {
  FleetBuilder builder("one");
  builder.add_device("a");
  const HopMetrics hops = measure_hops(builder.build());
  EXPECT_EQ(hops.diameter, 0u);
  EXPECT_EQ(hops.average, 0.0);
}

// A device that hangs on another device: its distances are one more than its anchor's.
TEST(Hops, CountDevicesThatHangOnDevices) {
  FleetBuilder builder("star of devices");
  const VertexId hub = builder.add_device("hub");
  for (const char* name : {"a", "b", "c"}) builder.add_cable(hub, builder.add_device(name), cable);
  const HopMetrics hops = measure_hops(builder.build());
  EXPECT_EQ(hops.diameter, 2u);
  EXPECT_EQ(hops.average, (6 * 1 + 6 * 2) / 12.0);
}

TEST(Hops, OfGridsByFormulaAreThoseCountedOnTheGraph) {
  for (const char* grid : {R"("dimensions":[5,4,3])", R"("dimensions":[2,7],"wrap":[true,false])",
                           R"("dimensions":[1,6,2])", R"("dimensions":[9],"wrap":false)", R"("dimensions":[3,3,3])"}) {
    const HopMetrics by_formula = measure_hops(topology_of("torus", grid));
    std::string elsewhere = grid;  // other routings know no grid
    const HopMetrics counted = measure_hops(topology_of("torus", elsewhere + R"(,"routing":"ecmp")"));
    EXPECT_EQ(by_formula.diameter, counted.diameter) << grid;
    EXPECT_NEAR(by_formula.average, counted.average, 1e-12) << grid;
    EXPECT_EQ(by_formula.connected_pairs, counted.connected_pairs) << grid;
  }
}

TEST(Bisection, IsZeroBetweenParts) {
  FleetBuilder builder("apart");
  builder.add_device("a");
  builder.add_device("b");
  EXPECT_EQ(measure_bisection(builder.build()).one_way.si(), 0.0);
}

TEST(Bisection, CountsAHalfDuplexCableOnceForBothWays) {
  FleetBuilder builder("bus");
  const VertexId a = builder.add_device("a");
  builder.add_half_duplex_cable(a, builder.add_device("b"), cable);
  const Bisection bisection = measure_bisection(builder.build());
  EXPECT_EQ(bisection.one_way.si(), 1e9);
  EXPECT_EQ(bisection.both_ways.si(), 1e9);
}

TEST(Bisection, TakesTheNarrowerDirection) {
  FleetBuilder builder("asymmetric");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  builder.add_link(a, b, {Bandwidth(3e9), Seconds(0)});
  builder.add_link(b, a, {Bandwidth(1e9), Seconds(0)});
  const Bisection bisection = measure_bisection(builder.build());
  EXPECT_EQ(bisection.one_way.si(), 1e9);
  EXPECT_EQ(bisection.both_ways.si(), 4e9);
}

TEST(Bisection, KeepsBandwidthsOfAnySize) {
  for (const char* bandwidth : {"0.4 B/s", "1e19 B/s", "1e-200 B/s"}) {
    const Fleet tree =
        fleet_from(std::string(R"({"topology":"tree","devices":4,"link":{"bandwidth":")") + bandwidth + R"("}})");
    EXPECT_DOUBLE_EQ(bisection_by_flow(tree).one_way.si(), tree.channels()[0].bandwidth.si()) << bandwidth;
  }
}

TEST(Bisection, IsImprovedBySwappingDevices) {
  // Two full meshes of 6 joined by one cable, their devices numbered alternately: only swaps find the cable.
  FleetBuilder builder("two islands");
  std::vector<VertexId> devices;
  for (int d = 0; d < 12; ++d) devices.push_back(builder.add_device("d" + std::to_string(d)));
  for (std::size_t a = 0; a < 12; ++a) {
    for (std::size_t b = a + 2; b < 12; b += 2) builder.add_cable(devices[a], devices[b], cable);
  }
  builder.add_cable(devices[0], devices[1], cable);
  EXPECT_EQ(measure_bisection(builder.build()).one_way.si(), 1e9);
}

TEST(Bisection, OfRandomGraphsIsNoMoreThanSwapSearchesFind) {
  // Each found by an independent search over swaps.
  EXPECT_LE(measure_bisection(topology_of("random_regular", R"("devices":40,"degree":3)")).one_way.si(), 10 * 50e9);
  EXPECT_LE(measure_bisection(topology_of("random_regular", R"("devices":64,"degree":4)")).one_way.si(), 22 * 50e9);
}

TEST(CutBandwidth, OfAnyHalvesIsTheMaximumFlow) {
  // Every other device of a ring of 6 against the rest: all 6 cables cross.
  const Fleet ring = topology_of("ring", R"("devices":6)");
  EXPECT_EQ(cut_bandwidth(ring, {true, false, true, false, true, false}).si(), 6 * 50e9);
}

TEST(LinkLoads, SpreadEvenlyOverARing) {
  const Fleet ring = topology_of("ring", R"("devices":5)");
  const LinkLoads loads = measure_link_loads(ring);
  EXPECT_EQ(loads.pairs, 20u);
  // 20 routes of 1 or 2 links, 30 in all, on 10 links.
  for (const double routes : loads.routes) EXPECT_EQ(routes, 3.0);
}

TEST(Oversubscription, IsMeasuredTierByTier) {
  const Fleet tree = topology_of("fat_tree", R"("down":[8,6,2],"oversubscription":[2,3])");
  const auto ratio = measure_oversubscription(tree);
  ASSERT_TRUE(ratio.has_value());
  ASSERT_EQ(ratio->per_level.size(), 2u);
  EXPECT_DOUBLE_EQ(ratio->per_level[0], 2);
  EXPECT_DOUBLE_EQ(ratio->per_level[1], 3);
  EXPECT_DOUBLE_EQ(ratio->worst, 3);
  EXPECT_FALSE(measure_oversubscription(topology_of("ring", R"("devices":4)")).has_value());
}

}  // namespace
}  // namespace lockstep::topology
