#include "tests/topology/formats/import_testing.hpp"
#include "topology/formats/ibnetdiscover_text.hpp"
#include "topology/formats/natural_order.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

// Two hosts with two adapters each, two leaves (one a rail), one spine cabled twice to each leaf.
const std::string subnet =
    "#\n# Topology file: generated on Mon Jan  6 10:00:00 2025\n#\n"
    "# Initiated from node 0a00000000000001 port 0a00000000000001\n\n"
    "vendid=0x2c9\ndevid=0xd2f2\nsysimgguid=0x5e00000000000001\nswitchguid=0x5e00000000000001(5e00000000000001)\n"
    "Switch\t65 \"S-5e00000000000001\"\t\t# \"MF0;spine-1:MQM9700/U1\" enhanced port 0 lid 1 lmc 0\n"
    "[1]\t\"S-1e00000000000001\"[33]\t\t# \"MF0;leaf-1:MQM9700/U1\" lid 2 4xNDR\n"
    "[2]\t\"S-1e00000000000001\"[34]\t\t# \"MF0;leaf-1:MQM9700/U1\" lid 2 4xNDR\n"
    "[3]\t\"S-1e00000000000002\"[33]\t\t# \"MF0;leaf-2:MQM9700/U1\" lid 3 4xNDR\n"
    "[4]\t\"S-1e00000000000002\"[34]\t\t# \"MF0;leaf-2:MQM9700/U1\" lid 3 4xNDR\n"
    "[65]\t\"H-5e00000000000011\"[1](5e00000000000011) \t\t# \"Mellanox Technologies Aggregation Node\" lid 9 4xNDR\n\n"
    "Switch\t65 \"S-1e00000000000001\"\t\t# \"MF0;leaf-1:MQM9700/U1\" enhanced port 0 lid 2 lmc 0\n"
    "[1]\t\"H-0a00000000000010\"[1](0a00000000000010) \t\t# \"node10 mlx5_0\" lid 4 4xHDR\n"
    "[2]\t\"H-0a00000000000002\"[1](0a00000000000002) \t\t# \"node2 mlx5_0\" lid 5 4xHDR\n"
    "[33]\t\"S-5e00000000000001\"[1]\t\t# \"MF0;spine-1:MQM9700/U1\" lid 1 4xNDR\n"
    "[34]\t\"S-5e00000000000001\"[2]\t\t# \"MF0;spine-1:MQM9700/U1\" lid 1 4xNDR\n\n"
    "Switch\t65 \"S-1e00000000000002\"\t\t# \"MF0;leaf-2:MQM9700/U1\" enhanced port 0 lid 3 lmc 0\n"
    "[1]\t\"H-0a00000000000011\"[1](0a00000000000011) \t\t# \"node10 mlx5_1\" lid 6 4xHDR\n"
    "[2]\t\"H-0a00000000000003\"[1](0a00000000000003) \t\t# \"node2 mlx5_1\" lid 7 4xHDR\n\n"
    "vendid=0x2c9\ncaguid=0xa00000000000002\n"
    "Ca\t1 \"H-0a00000000000002\"\t\t# \"node2 mlx5_0\"\n"
    "[1](0a00000000000002) \t\"S-1e00000000000001\"[2]\t\t# lid 5 lmc 0 \"MF0;leaf-1:MQM9700/U1\" lid 2 4xHDR\n";

TEST(Ibnetdiscover, MakesOneCableOfItsTwoListings) {
  const Fleet fleet = read(subnet);
  EXPECT_EQ(fleet.device_count(), 4U);
  EXPECT_EQ(fleet.vertices().size(), 7U);
  EXPECT_EQ(fleet.links().size(), 2U * (4 + 4));
  EXPECT_TRUE(warns(fleet, "1 aggregation nodes"));
  EXPECT_TRUE(warns(fleet, "no latency"));
  EXPECT_FALSE(warns(fleet, "no speed"));
}

TEST(Ibnetdiscover, OrdersDevicesHostByHost) {
  const Fleet fleet = read(subnet);
  std::vector<std::string> names;
  for (const VertexId id : fleet.devices()) names.push_back(fleet.vertex(id).name);
  EXPECT_EQ(names, (std::vector<std::string>{"node2 mlx5_0", "node2 mlx5_1", "node10 mlx5_0", "node10 mlx5_1"}));
  EXPECT_EQ(fleet.vertex(fleet.devices()[1]).place.node, 0U);
  EXPECT_EQ(fleet.vertex(fleet.devices()[2]).place.node, 1U);
}

TEST(Ibnetdiscover, FindsLevelsAndRoutes) {
  const Fleet fleet = read(subnet);
  EXPECT_EQ(fleet.routing().kind, RoutingSpec::Kind::up_down);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "MF0;leaf-2:MQM9700/U1")).level, 1);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "MF0;spine-1:MQM9700/U1")).level, 2);
  EXPECT_EQ(way(fleet, "node2 mlx5_0", "node10 mlx5_1").size(), 5U);
  const auto route = fleet.route(vertex(fleet, "node2 mlx5_0"), vertex(fleet, "node10 mlx5_1"));
  EXPECT_EQ(fleet.channel_of(route[0]).bandwidth, Bandwidth(25e9));
  EXPECT_EQ(fleet.channel_of(route[1]).bandwidth, Bandwidth(50e9));
}

TEST(Ibnetdiscover, KnowsWhatLanesCarry) {
  EXPECT_EQ(infiniband_speed("4xSDR"), Bandwidth(1e9));
  EXPECT_EQ(infiniband_speed("4xDDR"), Bandwidth(2e9));
  EXPECT_EQ(infiniband_speed("4xQDR"), Bandwidth(4e9));
  EXPECT_EQ(infiniband_speed("4xFDR10"), Bandwidth(5e9));
  EXPECT_NEAR(infiniband_speed("4xFDR")->si(), 6.818181818e9, 1);
  EXPECT_EQ(infiniband_speed("4xEDR"), Bandwidth(12.5e9));
  EXPECT_EQ(infiniband_speed("2xNDR"), Bandwidth(25e9));
  EXPECT_EQ(infiniband_speed("4xXDR"), Bandwidth(100e9));
  EXPECT_EQ(infiniband_speed("12xEDR"), Bandwidth(37.5e9));
  for (const char* text : {"", "x", "4x", "4x???", "3xNDR", "4xNDR2", "xNDR", "04xNDR"}) {
    EXPECT_FALSE(infiniband_speed(text)) << text;
  }
}

TEST(Ibnetdiscover, AcceptsPartialListings) {
  const Fleet fleet = read(
      "Switch\t36 \"S-1\"\t\t# \"ISR\" base port 0 lid 6 lmc 0\n"
      "[22]\t\"H-1\"[1](11) \t\t# \"MT23108 InfiniHost Mellanox Technologies\" lid 4\n"
      "[23][ext 3]\t\"H-2\"[2](12)[ext 1] \t\t# \"MT23108 InfiniHost Mellanox Technologies\" lid 5 4x???\n");
  EXPECT_EQ(fleet.device_count(), 2U);
  vertex(fleet, "MT23108 InfiniHost Mellanox Technologies (2)");
  EXPECT_FALSE(fleet.vertex(fleet.devices()[0]).place.node);
  EXPECT_TRUE(warns(fleet, "2 links state no speed"));
}

TEST(Ibnetdiscover, RoutesOtherShapesByEcmp) {
  const Fleet ring = read(
      "Switch 4 \"S-1\" # \"s1\" base port 0 lid 1 lmc 0\n[1] \"H-1\"[1] # \"h1\" lid 2 4xEDR\n"
      "[2] \"S-2\"[2] # \"s2\" lid 3 4xEDR\n\nSwitch 4 \"S-2\" # \"s2\" base port 0 lid 3 lmc 0\n"
      "[1] \"H-2\"[1] # \"h2\" lid 4 4xEDR\n");
  EXPECT_EQ(ring.routing().kind, RoutingSpec::Kind::ecmp);
  EXPECT_EQ(way(ring, "h1", "h2"), (std::vector<std::string>{"h1", "s1", "s2", "h2"}));
}

TEST(Ibnetdiscover, RefusesContradictions) {
  const std::string head = "Switch 4 \"S-1\" # \"s1\" base port 0 lid 1 lmc 0\n";
  const std::string far = "\nSwitch 4 \"S-2\" # \"s2\" base port 0 lid 2 lmc 0\n";
  EXPECT_TRUE(
      contains(refusal(head + "[1] \"S-2\"[2] # \"s2\" lid 2 4xEDR\n" + far + "[2] \"S-1\"[3] # \"s1\" lid 1 4xEDR\n"),
               "line 2: 'S-1' port 1 leads to 'S-2' port 2, but line 5"));
  EXPECT_TRUE(
      contains(refusal(head + "[1] \"S-2\"[2] # \"s2\" lid 2 4xEDR\n" + far + "[2] \"S-1\"[1] # \"s1\" lid 1 4xHDR\n"),
               "different speeds"));
  EXPECT_TRUE(contains(refusal(head + "[1] \"H-1\"[1] # \"h\"\n[2] \"H-1\"[1] # \"h\"\n"), "two cables"));
  EXPECT_TRUE(contains(refusal(head + "[1] \"H-1\"[1] # \"h\"\n[1] \"H-2\"[1] # \"i\"\n"),
                       "line 3: port 1 of 'S-1' is listed twice"));
  EXPECT_TRUE(contains(refusal(head + head), "described twice"));
  EXPECT_TRUE(contains(refusal("[1] \"H-1\"[1] # \"h\"\n", "ibnetdiscover"), "before any switch"));
  EXPECT_TRUE(contains(refusal(head + "[1] \"H-1"), "line 2"));
  EXPECT_TRUE(contains(refusal(head), "no device"));
}

TEST(Ibnetdiscover, SurvivesDamage) {
  EXPECT_GT(survive_damage(subnet, "ibnetdiscover"), 0U);
}

TEST(NaturalOrder, CountsDigits) {
  EXPECT_TRUE(natural_less("node2", "node10"));
  EXPECT_FALSE(natural_less("node10", "node2"));
  EXPECT_TRUE(natural_less("r1n10", "r2n1"));
  EXPECT_TRUE(natural_less("n", "n1"));
  EXPECT_TRUE(natural_less("n01", "n1") != natural_less("n1", "n01"));
  EXPECT_FALSE(natural_less("n7", "n7"));
}

}  // namespace
}  // namespace lockstep::topology::testing
