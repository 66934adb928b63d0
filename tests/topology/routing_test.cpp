#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::topology {
namespace {

std::vector<std::string> names_on_route(const Fleet& fleet, const std::string& from, const std::string& to,
                                        FlowLabel flow = 0) {
  std::vector<std::string> names;
  for (const LinkId id : fleet.route(*fleet.find_vertex(from), *fleet.find_vertex(to), flow)) {
    names.push_back(fleet.vertex(fleet.link(id).to).name);
  }
  return names;
}
using Names = std::vector<std::string>;

TEST(DimensionOrder, CorrectsTheFirstCoordinateFirstAndTakesTheShorterWayRound) {
  const Fleet fleet = topology_of("torus", R"("dimensions":[4,4])");
  EXPECT_EQ(names_on_route(fleet, "d0", "d7"), (Names{"d3", "d7"}));  // (0,0) to (3,1): back over the edge
  EXPECT_EQ(names_on_route(fleet, "d0", "d2"), (Names{"d1", "d2"}));  // half way round: upwards
  EXPECT_EQ(names_on_route(fleet, "d15", "d0"), (Names{"d12", "d0"}));
}

TEST(DimensionOrder, StaysInsideAnOpenMesh) {
  const Fleet fleet = topology_of("mesh", R"("dimensions":[4])");
  EXPECT_EQ(names_on_route(fleet, "d3", "d0"), (Names{"d2", "d1", "d0"}));
}

TEST(DimensionOrder, UsesDirectLinksOfAHyperX) {
  const Fleet fleet = topology_of("hyperx", R"("dimensions":[4,4])");
  EXPECT_EQ(names_on_route(fleet, "d0", "d14"), (Names{"s0", "s2", "s14", "d14"}));
}

TEST(DimensionOrder, RefusesDimensionsThatDoNotFitTheFleet) {
  EXPECT_THROW(topology_of("switch", R"("devices":6,"routing":"dimension_order")"), InputError);
}

TEST(UpDown, TurnsAtTheLowestCommonSwitch) {
  const Fleet fleet = topology_of("fat_tree", R"("radix":4)");
  EXPECT_EQ(names_on_route(fleet, "d0", "d1"), (Names{"leaf0", "d1"}));
  EXPECT_EQ(fleet.route(VertexId(0), VertexId(2)).size(), 4u);
  EXPECT_EQ(fleet.route(VertexId(0), VertexId(15)).size(), 6u);
}

// D-mod-K (Zahavi et al. 2009): in a tree without oversubscription no shift of all devices puts two flows on a link.
TEST(UpDown, CarriesEveryShiftWithoutCollision) {
  for (const char* tree : {R"("radix":4)", R"("radix":8)", R"("radix":8,"levels":2)"}) {
    const Fleet fleet = topology_of("fat_tree", tree);
    const std::size_t count = fleet.device_count();
    for (std::size_t shift = 1; shift < count; ++shift) {
      std::map<LinkId, int> uses;
      for (std::size_t d = 0; d < count; ++d) {
        for (const LinkId id : fleet.route(fleet.devices()[d], fleet.devices()[(d + shift) % count])) ++uses[id];
      }
      for (const auto& [link, count_on_link] : uses) ASSERT_EQ(count_on_link, 1) << tree << " shift " << shift;
    }
  }
}

TEST(UpDown, NeverTurnsUpAgain) {
  // Two leaves whose only common neighbour is below them: a shorter way exists, but it would go down and up.
  FleetBuilder builder("valley");
  const LinkProperties cable{Bandwidth(1e9), Seconds(0)};
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  const VertexId shared = builder.add_device("shared");
  const VertexId leaf_a = builder.add_switch("leaf_a", 1);
  const VertexId leaf_b = builder.add_switch("leaf_b", 1);
  const VertexId middle_a = builder.add_switch("middle_a", 2);
  const VertexId middle_b = builder.add_switch("middle_b", 2);
  const VertexId top = builder.add_switch("top", 3);
  builder.add_cable(a, leaf_a, cable);
  builder.add_cable(b, leaf_b, cable);
  builder.add_cable(shared, leaf_a, cable);
  builder.add_cable(shared, leaf_b, cable);
  builder.add_cable(leaf_a, middle_a, cable);
  builder.add_cable(leaf_b, middle_b, cable);
  builder.add_cable(middle_a, top, cable);
  builder.add_cable(middle_b, top, cable);
  builder.set_routing({.kind = RoutingSpec::Kind::up_down});
  const Fleet fleet = builder.build();
  EXPECT_EQ(names_on_route(fleet, "a", "b"), (Names{"leaf_a", "middle_a", "top", "middle_b", "leaf_b", "b"}));
  EXPECT_EQ(names_on_route(fleet, "a", "shared"), (Names{"leaf_a", "shared"}));
}

TEST(UpDown, NeedsLevels) {
  EXPECT_THROW(topology_of("ring", R"("devices":4,"routing":"up_down")"), InputError);
}

TEST(Ecmp, SpreadsFlowsOverAllSpinesAndKeepsEachOnItsPath) {
  const Fleet fleet = topology_of("leaf_spine", R"("leaves":2,"spines":4,"devices_per_leaf":4,"routing":"ecmp")");
  std::map<std::string, int> spines;
  for (FlowLabel flow = 0; flow < 4000; ++flow) {
    const Names route = names_on_route(fleet, "d0", "d7", flow);
    ASSERT_EQ(route.size(), 4u);
    EXPECT_EQ(route, names_on_route(fleet, "d0", "d7", flow));
    ++spines[route[1]];
  }
  ASSERT_EQ(spines.size(), 4u);
  // Binomial: 1000 with a standard deviation of 27; five of them.
  for (const auto& [spine, flows] : spines) EXPECT_NEAR(flows, 1000, 137) << spine;
}

TEST(Ecmp, SpreadsOverParallelCables) {
  const Fleet fleet = topology_of("fat_tree", R"("down":[4,2],"up":[4],"parallel":4,"routing":"ecmp")");
  std::set<LinkId> used;
  for (FlowLabel flow = 0; flow < 200; ++flow) used.insert(fleet.route(VertexId(0), VertexId(7), flow)[1]);
  EXPECT_EQ(used.size(), 4u);
}

TEST(Ecmp, DependsOnTheSeed) {
  auto routes = [](int seed) {
    const Fleet fleet =
        topology_of("leaf_spine", R"("leaves":2,"spines":8,"devices_per_leaf":8,"routing":"ecmp","routing_seed":)" +
                                      std::to_string(seed));
    std::vector<std::vector<LinkId>> all;
    for (std::size_t d = 0; d < 8; ++d) all.push_back(fleet.route(VertexId(d), VertexId(15)));
    return all;
  };
  EXPECT_EQ(routes(1), routes(1));
  EXPECT_NE(routes(1), routes(2));
}

TEST(ShortestPath, PrefersTheFirstLinkAmongEquals) {
  FleetBuilder builder("square");
  const LinkProperties cable{Bandwidth(1e9), Seconds(0)};
  std::vector<VertexId> corners;
  for (const char* name : {"a", "b", "c", "d"}) corners.push_back(builder.add_device(name));
  builder.add_cable(corners[0], corners[2], cable);
  builder.add_cable(corners[0], corners[1], cable);
  builder.add_cable(corners[1], corners[3], cable);
  builder.add_cable(corners[2], corners[3], cable);
  EXPECT_EQ(names_on_route(builder.build(), "a", "d"), (Names{"c", "d"}));
}

TEST(ShortestPath, JoinsTwoVerticesThatKnowOnlyEachOther) {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a");
  builder.add_cable(a, builder.add_device("b"), {Bandwidth(1e9), Seconds(0)});
  const Fleet fleet = builder.build();
  EXPECT_EQ(names_on_route(fleet, "a", "b"), Names{"b"});
  EXPECT_EQ(names_on_route(fleet, "b", "a"), Names{"a"});
}

TEST(ShortestPath, IsNotTooLongToCount) {
  const Fleet line = topology_of("line", R"("devices":70000,"routing":"ecmp")");
  EXPECT_EQ(line.route(VertexId(0), VertexId(69999)).size(), 69999u);
}

TEST(ShortestPath, LeadsFromAndToSwitchesToo) {
  const Fleet fleet = topology_of("fat_tree", R"("radix":4,"routing":"shortest_path")");
  EXPECT_EQ(names_on_route(fleet, "leaf0", "d0"), Names{"d0"});
  EXPECT_EQ(names_on_route(fleet, "d0", "leaf0"), Names{"leaf0"});
  EXPECT_EQ(names_on_route(fleet, "core0", "d0").size(), 3u);
}

TEST(Rails, AreJoinedByLeavesWithASingleCableUp) {
  // 4:1 of radix 8 leaves one cable to the spine, and NICs route to each other through the leaf all the same.
  const Fleet fleet = fleet_from(
      R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR","radix":8,)"
      R"("oversubscription":4}})");
  EXPECT_EQ(names_on_route(fleet, "n0.d0", "n1.d0"), (Names{"n0.nic0", "leaf0", "n1.nic0", "n1.d0"}));
  for (const VertexId to : fleet.devices()) EXPECT_NO_THROW(static_cast<void>(fleet.route(fleet.devices()[0], to)));
}

}  // namespace
}  // namespace lockstep::topology
