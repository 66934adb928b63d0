#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {
namespace {

using Names = std::vector<std::string>;

Names names_on_route(const Fleet& fleet, const std::string& from, const std::string& to) {
  Names names;
  for (const LinkId id : fleet.route(*fleet.find_vertex(from), *fleet.find_vertex(to))) {
    names.push_back(fleet.vertex(fleet.link(id).to).name);
  }
  return names;
}

constexpr const char* four_by_four =
    R"("node":{"devices":4,"link":{"bandwidth":"450 GB/s","latency":"250 ns"},"nic_link":{"bandwidth":"64 GB/s"}},"nodes":4)";

Fleet four_nodes(const std::string& fabric, const std::string& more = "") {
  return fleet_from(std::string("{") + four_by_four + R"(,"fabric":{"link":{"bandwidth":"50 GB/s","latency":"1 us"},)" +
                    fabric + "}" + more + "}");
}

TEST(Nodes, RouteOverTheirOwnSwitchInside) {
  const Fleet fleet = four_nodes(R"("topology":"rail_optimized")");
  EXPECT_EQ(fleet.device_count(), 16u);
  EXPECT_EQ(names_on_route(fleet, "n0.d0", "n0.d3"), (Names{"n0.switch", "n0.d3"}));
}

TEST(Nodes, ShareARailsLeafBetweenEqualPositions) {
  const Fleet fleet = four_nodes(R"("topology":"rail_optimized")");
  EXPECT_EQ(names_on_route(fleet, "n0.d2", "n3.d2"), (Names{"n0.nic2", "leaf2", "n3.nic2", "n3.d2"}));
}

TEST(Nodes, ChangeRailsInsideTheNodeUnlessTheSpineIsChosen) {
  const Fleet inside = four_nodes(R"("topology":"rail_optimized")");
  EXPECT_EQ(names_on_route(inside, "n0.d0", "n1.d3"),
            (Names{"n0.switch", "n0.d3", "n0.nic3", "leaf3", "n1.nic3", "n1.d3"}));
  const Fleet spine = four_nodes(R"("topology":"rail_optimized")", R"(,"cross_rail":"spine")");
  const Names route = names_on_route(spine, "n0.d0", "n1.d3");
  ASSERT_EQ(route.size(), 6u);
  EXPECT_EQ(route[0], "n0.nic0");
  EXPECT_TRUE(route[2].starts_with("spine"));
  EXPECT_EQ(route[4], "n1.nic3");
}

TEST(Nodes, MayDoWithoutASpineBecauseRailsMeetInside) {
  const Fleet fleet = four_nodes(R"("topology":"rail_optimized","spine":false)");
  EXPECT_EQ(find_components(fleet).size(), 1u);
  EXPECT_EQ(names_on_route(fleet, "n0.d0", "n1.d3").size(), 6u);
  EXPECT_EQ(names_on_route(fleet, "n0.d0", "n1.d0").size(), 4u);
}

TEST(Nodes, StandOnAnyFabric) {
  for (const char* fabric :
       {R"("topology":"fat_tree","radix":8)", R"("topology":"leaf_spine","leaves":4,"spines":2)",
        R"("topology":"dragonfly")", R"("topology":"torus","dimensions":[4,4])", R"("topology":"switch")",
        R"("topology":"hyperx","dimensions":[2,2],"devices_per_switch":4)",
        R"("topology":"jellyfish","degree":3,"devices_per_switch":2)"}) {
    const Fleet fleet = four_nodes(fabric);
    EXPECT_EQ(fleet.device_count(), 16u) << fabric;
    for (const VertexId from : fleet.devices()) {
      for (const VertexId to : fleet.devices()) {
        VertexId at = from;
        for (const LinkId id : fleet.route(from, to)) {
          ASSERT_EQ(fleet.link(id).from, at) << fabric;
          at = fleet.link(id).to;
        }
        ASSERT_EQ(at, to) << fabric;
      }
    }
  }
}

TEST(Nodes, HaveTheBisectionOfTheirNics) {
  const Fleet full = four_nodes(R"("topology":"rail_optimized")");
  EXPECT_TRUE(measure_bisection(full).exact);
  EXPECT_DOUBLE_EQ(measure_bisection(full).one_way.si(), 8 * 50e9);
  EXPECT_DOUBLE_EQ(bisection_by_flow(full).one_way.si(), 8 * 50e9);
  // All four nodes share each rail's leaf, so that the oversubscription above the leaves costs nothing.
  const Fleet oversubscribed = four_nodes(R"("topology":"rail_optimized","oversubscription":2,"radix":6)");
  EXPECT_FALSE(measure_bisection(oversubscribed).exact);
  EXPECT_DOUBLE_EQ(measure_bisection(oversubscribed).one_way.si(), 8 * 50e9);
}

TEST(Nodes, MayHaveSeveralNicsADeviceOrSeveralDevicesANic) {
  const char* fabric = R"(,"nodes":2,"fabric":{"topology":"switch","link":{"bandwidth":"50 GB/s","latency":"1 us"}}})";
  const Fleet more = fleet_from(std::string(R"({"node":{"devices":2,"nics":4})") + fabric);
  EXPECT_EQ(names_on_route(more, "n0.d1", "n1.d1"), (Names{"n0.nic2", "s0", "n1.nic2", "n1.d1"}));
  const Fleet fewer = fleet_from(std::string(R"({"node":{"devices":4,"nics":2})") + fabric);
  EXPECT_EQ(names_on_route(fewer, "n0.d1", "n1.d2"), (Names{"n0.nic0", "s0", "n1.nic1", "n1.d2"}));
  const Fleet none = fleet_from(std::string(R"({"node":{"devices":4,"nics":0})") + fabric);
  EXPECT_EQ(names_on_route(none, "n0.d1", "n1.d2"), (Names{"s0", "n1.d2"}));
}

TEST(Nodes, ComeFromTheCatalogWithTheirFabric) {
  const Fleet fleet = fleet_from(R"({"catalog":"Research_256"})");
  EXPECT_EQ(fleet.device_count(), 256u);
  EXPECT_EQ(fleet.name(), "Research_256");
  EXPECT_EQ(fleet.device_model(DeviceId(0)).name, "H100");
  // The catalog states 50 us from end to end for 100GbE; however many switches a message passes, it pays that once.
  const auto route = fleet.route(fleet.devices()[0], fleet.devices()[255]);
  EXPECT_NEAR(fleet.route_latency(route).si(), 50e-6, 1e-12);
  const auto inside = fleet.route(fleet.devices()[0], fleet.devices()[7]);
  EXPECT_NEAR(fleet.route_latency(inside).si(), 500e-9, 1e-15);
  EXPECT_DOUBLE_EQ(measure_bisection(fleet).one_way.si(), 128 * 12.5e9);
}

TEST(Nodes, AreImpliedByARailOptimizedTopology) {
  const Fleet fleet = topology_of("rail_optimized", R"("devices":64,"devices_per_node":8)");
  EXPECT_EQ(fleet.device_count(), 64u);
  EXPECT_EQ(names_on_route(fleet, "n0.d5", "n7.d5").size(), 4u);
  EXPECT_THROW(topology_of("rail_optimized", R"("devices":60,"devices_per_node":8)"), InputError);
}

TEST(Nodes, FillSeveralScalableUnits) {
  const Fleet fleet = topology_of("rail_optimized", R"("devices":512,"devices_per_node":8,"radix":16)");
  // 64 nodes, 8 a unit: 8 units x 8 rails = 64 leaves, more than 16 ports of a spine: a third level.
  EXPECT_EQ(find_components(fleet).size(), 1u);
  EXPECT_EQ(names_on_route(fleet, "n0.d0", "n63.d0").size(), 8u);
  EXPECT_DOUBLE_EQ(measure_bisection(fleet).one_way.si(), 256 * 50e9);
}

}  // namespace
}  // namespace lockstep::topology
