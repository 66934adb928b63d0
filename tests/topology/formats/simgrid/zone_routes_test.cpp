#include <gtest/gtest.h>

#include "tests/topology/formats/simgrid/platforms.hpp"

// Routes by hand, one kind of zone a test; simgrid_agreement_test.cpp compares all of them with SimGrid.
namespace lockstep::topology {
namespace {

using Names = std::vector<std::string>;

TEST(FullZone, FollowsListedRoutesAndReversesSymmetricalOnes) {
  const Fleet fleet = platform("full");
  EXPECT_EQ(route_names(fleet, "a", "b"), (Names{"shared", "split_UP", "fat"}));
  EXPECT_EQ(route_names(fleet, "b", "a"), (Names{"fat", "split_DOWN", "shared"}));
  EXPECT_EQ(route_names(fleet, "c", "b"), (Names{"split_UP", "slow", "split_UP"}));
  EXPECT_EQ(route_names(fleet, "b", "c"), (Names{"slow"}));
  EXPECT_EQ(route_names(fleet, "c", "d"), Names{});
}

TEST(FloydZone, ChainsTheFewestLinksAndCrossesZonesBetweenTheirGateways) {
  const Fleet fleet = platform("floyd_zones");
  EXPECT_EQ(route_names(fleet, "h0", "h2"), (Names{"in0", "across0_UP", "sea0", "across1_UP", "sea1", "in2"}));
  EXPECT_EQ(route_names(fleet, "h3", "h0"), (Names{"in3", "across3_UP", "sea3", "sea0", "in0"}));
}

TEST(FloydZone, RoutesMoreMembersThanItsAlgorithmCanByAnother) {
  std::string zone = "<zone id=\"z\" routing=\"Floyd\">";
  constexpr int hosts = 1001;
  for (int i = 0; i < hosts; ++i) zone += "<host id=\"h" + std::to_string(i) + "\" speed=\"1f\"/>";
  for (int i = 1; i < hosts; ++i) {
    const std::string n = std::to_string(i);
    zone += "<link id=\"l" + n + "\" bandwidth=\"1Bps\"/><link id=\"m" + n + "\" bandwidth=\"1Bps\"/>";
  }
  for (int i = 1; i < hosts; ++i) {
    const std::string n = std::to_string(i);
    zone += "<route src=\"h0\" dst=\"h" + n + "\"><link_ctn id=\"l" + n + "\"/><link_ctn id=\"m" + n + "\"/></route>";
  }
  const Fleet fleet = import_text(platform_with(zone + "</zone>"));
  EXPECT_EQ(route_names(fleet, "h7", "h1000"), (Names{"m7", "l7", "l1000", "m1000"}));
  ASSERT_EQ(fleet.warnings().size(), 1u);
  EXPECT_NE(fleet.warnings()[0].find("equally short"), std::string::npos);
}

TEST(DijkstraZone, ListsTheLinksOfEveryStepInReverseAsSimGridDoes) {
  const Fleet fleet = platform("dijkstra_zones");
  EXPECT_EQ(route_names(fleet, "h0", "h2"), (Names{"in0", "land0", "sea0", "land1", "sea1", "in2"}));
}

TEST(FlatCluster, PassesLimitersAndTheBackboneOnce) {
  const Fleet fleet = platform("clusters");
  EXPECT_EQ(route_names(fleet, "p0.x", "p7.x"), (Names{"plain_link_0_UP", "plain_link_7_DOWN"}));
  EXPECT_EQ(route_names(fleet, "w3", "w5"), (Names{"wide_link_3_limiter", "wide_link_3_UP", "wide_backbone",
                                                   "wide_link_5_DOWN", "wide_link_5_limiter"}));
  EXPECT_EQ(route_names(fleet, "h0", "h2"), (Names{"half_link_0", "half_backbone", "half_link_2"}));
  EXPECT_EQ(route_names(fleet, "p0.x", "w3"),
            (Names{"plain_link_0_UP", "one", "wide_backbone", "wide_link_3_DOWN", "wide_link_3_limiter"}));
}

TEST(ClusterZone, JoinsHostsByTheirLinksAndPassesASharedWireOnce) {
  const Fleet fleet = platform("cluster_zones");
  EXPECT_EQ(route_names(fleet, "a", "b"), (Names{"la_UP", "spine", "lb"}));
  EXPECT_EQ(route_names(fleet, "n0", "a"), (Names{"link_n0_UP", "spine", "la_DOWN"}));
  EXPECT_EQ(route_names(fleet, "b", "c"), (Names{"lb", "spine"}));
  EXPECT_EQ(route_names(fleet, "x", "z"), (Names{"wire"}));
  EXPECT_EQ(route_names(fleet, "x", "a"), (Names{"wire", "between", "spine", "la_DOWN"}));
}

TEST(TorusCluster, GoesRoundTheShorterWayInEachDimension) {
  const Fleet fleet = platform("torus");
  EXPECT_EQ(route_names(fleet, "a0", "a7"),
            (Names{"a_link_from_0_to_1_UP", "a_link_from_1_to_2_UP", "a_link_from_2_to_7_UP"}));
  EXPECT_EQ(route_names(fleet, "a0", "a4"), (Names{"a_link_from_4_to_0_DOWN"}));
  EXPECT_EQ(route_names(fleet, "c0", "c2"), (Names{"c_link_0_limiter", "c_link_from_0_to_1", "c_link_1_limiter",
                                                   "c_link_from_1_to_2", "c_link_2_limiter"}));
}

TEST(FatTreeCluster, ChoosesTheSpineByTheDestination) {
  const Fleet fleet = platform("fat_trees");
  EXPECT_EQ(route_names(fleet, "a0", "a1").size(), 2u);
  EXPECT_EQ(route_names(fleet, "a0", "a12").size(), 4u);
  EXPECT_NE(route_names(fleet, "a0", "a12")[1], route_names(fleet, "a0", "a13")[1]);
  EXPECT_EQ(route_names(fleet, "a0", "a12")[1], route_names(fleet, "a1", "a12")[1]);
}

TEST(DragonflyCluster, TakesOneBlueLinkBetweenGroups) {
  const Fleet fleet = platform("dragonflies");
  const Names route = route_names(fleet, "a0", "a71");
  EXPECT_EQ(std::count_if(route.begin(), route.end(), [](const std::string& n) { return n.starts_with("blue"); }), 1);
  EXPECT_TRUE(route.front().starts_with("local_link_from_router_0_to_node_0"));
  EXPECT_TRUE(route.back().starts_with("local_link_from_router_35_to_node_1"));
}

TEST(WifiZone, CrossesTheAirOnceForEachStation) {
  const Fleet fleet = platform("wifi");
  EXPECT_EQ(route_names(fleet, "s1", "s2"), (Names{"air", "air"}));
  EXPECT_EQ(route_names(fleet, "s1", "t2"), (Names{"air", "street", "ether", "ether"}));
}

TEST(VivaldiZone, AddsTheDistanceOfThePeersAsALinkOfItsOwn) {
  const Fleet fleet = platform("vivaldi");
  EXPECT_EQ(route_names(fleet, "oslo", "lima"), (Names{"link_oslo_UP", "peers: oslo to lima", "link_lima_DOWN"}));
  std::vector<LinkId> route;
  ASSERT_TRUE(fleet.append_route(*fleet.find_vertex("bern"), *fleet.find_vertex("bonn"), 0, route));
  EXPECT_DOUBLE_EQ(fleet.route_latency(route).si(), (5 + 1) * 1e-3);
}

TEST(BypassRoute, GoesBeforeAllOthersOneWay) {
  const Fleet fleet = platform("bypasses");
  EXPECT_EQ(route_names(fleet, "s1", "s2"), (Names{"l12"}));
  EXPECT_EQ(route_names(fleet, "s2", "s1"), (Names{"l2", "l1"}));
  EXPECT_EQ(route_names(fleet, "n2_0", "s1"), (Names{"n2_link_0_UP", "tunnel", "main", "l1"}));
  EXPECT_EQ(route_names(fleet, "n2_0", "n1_0"), (Names{"n2_link_0_UP", "n21", "n1_link_0_DOWN"}));
}

TEST(NoneZone, LeavesItsMembersWithoutRoutes) {
  const Fleet fleet = import_text(
      platform_with(R"(<zone id="z" routing="None"><host id="a" speed="1f"/><host id="b" speed="1f"/></zone>)"));
  EXPECT_TRUE(route_names(fleet, "a", "b").empty());
  EXPECT_EQ(fleet.warnings().size(), 1u);
}

}  // namespace
}  // namespace lockstep::topology
