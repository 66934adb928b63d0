#include "tests/topology/formats/import_testing.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

const std::string two_levels =
    "# two racks under two spines\n"
    "SwitchName=leaf0 Nodes=n[001-003]   # the first rack\n"
    "switchname=leaf1 NODES=n[004-005],login \\\n"
    "   LinkSpeed=\"100 Gbit/s\"\n"
    "SwitchName=spine[0] Switches=leaf[0-1]\n"
    "SwitchName=spine1 Switches=leaf[0-1] LinkSpeed=4000\n";

TEST(Slurm, BuildsTheTree) {
  const Fleet fleet = read(two_levels);
  EXPECT_EQ(fleet.name(), "sample");
  EXPECT_EQ(fleet.device_count(), 6U);
  EXPECT_EQ(fleet.links().size(), 2U * (6 + 4));
  EXPECT_EQ(fleet.routing().kind, RoutingSpec::Kind::up_down);
  const Vertex& leaf = fleet.vertex(vertex(fleet, "leaf1"));
  EXPECT_EQ(leaf.kind, VertexKind::network_switch);
  EXPECT_EQ(leaf.level, 1);
  EXPECT_EQ(leaf.place.rack, 1U);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "spine1")).level, 2);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "login")).place.rack, 1U);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "n003")).place, (Place{.node = 2, .rack = 0}));
}

TEST(Slurm, RoutesUpAndDown) {
  const Fleet fleet = read(two_levels);
  EXPECT_EQ(way(fleet, "n001", "n003"), (std::vector<std::string>{"n001", "leaf0", "n003"}));
  EXPECT_EQ(way(fleet, "n001", "login").size(), 5U);
}

TEST(Slurm, TakesSpeedsWithUnitsAndReportsTheOthers) {
  const Fleet fleet = read(two_levels);
  const LinkId to_leaf1 = fleet.route(vertex(fleet, "n004"), vertex(fleet, "leaf1")).at(0);
  EXPECT_EQ(fleet.channel_of(to_leaf1).bandwidth, Bandwidth(12.5e9));
  EXPECT_TRUE(warns(fleet, "LinkSpeed"));
  EXPECT_TRUE(warns(fleet, "7 links state no speed"));
  EXPECT_TRUE(warns(fleet, "4 pairs got one"));
}

TEST(Slurm, CablesANodeToEachOfItsSwitches) {
  const Fleet fleet = read("SwitchName=rail0 Nodes=n[1-2]\nSwitchName=rail1 Nodes=n[1-2]\n");
  EXPECT_EQ(fleet.device_count(), 2U);
  EXPECT_EQ(fleet.links().size(), 8U);
}

TEST(Slurm, JoinsBlocksByOneCoreSwitch) {
  const Fleet fleet = read("BlockName=b1 Nodes=node[01-18]\nBlockName=b2 Nodes=node[19-36]\nBlockSizes=18,36\n");
  EXPECT_EQ(fleet.device_count(), 36U);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "node19")).place.rack, 1U);
  EXPECT_EQ(way(fleet, "node01", "node36"), (std::vector<std::string>{"node01", "b1", "core", "b2", "node36"}));
  EXPECT_TRUE(warns(fleet, "one core switch"));
}

TEST(Slurm, LevelsAreHeightsAboveTheNodes) {
  const Fleet fleet = read(
      "SwitchName=top Switches=mid,low\nSwitchName=mid Switches=leaf\nSwitchName=leaf Nodes=a\n"
      "SwitchName=low Nodes=b\n");
  EXPECT_EQ(fleet.vertex(vertex(fleet, "top")).level, 3);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "low")).level, 1);
  EXPECT_EQ(way(fleet, "a", "b"), (std::vector<std::string>{"a", "leaf", "mid", "top", "low", "b"}));
}

TEST(Slurm, NamesTheLineOfAMistake) {
  EXPECT_TRUE(contains(refusal("\nNodes=n1\n", "slurm"), "line 2"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Switches=t\n"), "'t' below 's' is described nowhere"));
  EXPECT_TRUE(
      contains(refusal("SwitchName=s Nodes=a\nSwitchName=s Nodes=b\n"), "line 2: the switch 's' is described twice"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Nodes=n[1-99999999999]\n"), "line 1"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Nodes=a,a\n"), "listed twice"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Noodes=a\n"), "Nodes"));
  EXPECT_TRUE(contains(refusal("SwitchName=s\n"), "nothing is below"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Nodes=s\n"), "both a node and a switch"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Nodes=a\nBlockName=b Nodes=c\n"), "one of them"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Nodes=\"a\n"), "quote"));
  EXPECT_TRUE(contains(refusal("SwitchName=s Nodes=a\nInclude other.conf\n"), "line 2"));
}

TEST(Slurm, FindsCycles) {
  const std::string message = refusal(
      "SwitchName=top Switches=a\nSwitchName=a Switches=b,leaf\nSwitchName=b Switches=a\nSwitchName=leaf Nodes=n\n");
  EXPECT_TRUE(contains(message, "'a' is below itself") || contains(message, "'b' is below itself")) << message;
  EXPECT_TRUE(contains(refusal("SwitchName=a Switches=a Nodes=n\n"), "'a' is below itself"));
}

TEST(Slurm, RefusesStacksAndListsBeyondAnyCluster) {
  std::string stack = "SwitchName=s0 Nodes=n\n";
  for (int i = 1; i < 300; ++i) {
    stack += "SwitchName=s" + std::to_string(i) + " Switches=s" + std::to_string(i - 1) + "\n";
  }
  EXPECT_TRUE(contains(refusal(stack), "255"));
  std::string repeated;
  for (int i = 0; i < 10; ++i) repeated += "SwitchName=s" + std::to_string(i) + " Nodes=n[1-900000]\n";
  EXPECT_TRUE(contains(refusal(repeated), "lists more than"));
}

TEST(Slurm, SurvivesDamage) {
  EXPECT_GT(survive_damage(two_levels, "slurm"), 0U);
}

}  // namespace
}  // namespace lockstep::topology::testing
