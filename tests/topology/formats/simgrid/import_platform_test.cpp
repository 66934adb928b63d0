#include <gtest/gtest.h>

#include <algorithm>

#include "tests/topology/formats/simgrid/platforms.hpp"
#include "topology/formats/formats.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

const Vertex& vertex_of(const Fleet& fleet, const std::string& name) {
  return fleet.vertex(fleet.find_vertex(name).value());
}

double compute_of(const Fleet& fleet, const std::string& name) {
  return fleet.device_models()[vertex_of(fleet, name).model.value()].compute.value().si();
}

const Channel& channel_of(const Fleet& fleet, const std::string& name) {
  const auto channels = fleet.channels();
  return *std::find_if(channels.begin(), channels.end(), [&](const Channel& channel) { return channel.name == name; });
}

bool warns_of(const Fleet& fleet, const std::string& words) {
  const auto warnings = fleet.warnings();
  return std::any_of(warnings.begin(), warnings.end(),
                     [&](const std::string& warning) { return warning.find(words) != std::string::npos; });
}

TEST(SimGridPlatform, IsRecognisedBehindPrologAndComments) {
  EXPECT_TRUE(looks_like_simgrid_platform(platform_text("full"), ""));
  EXPECT_TRUE(looks_like_simgrid_platform("\xef\xbb\xbf <!-- <system> --> <platform version='4'/>", ""));
  for (const char* other : {"", "<", "<!-- <platform>", "<platforms>", "<system version=\"1\"><cpu/></system>", "{}"}) {
    EXPECT_FALSE(looks_like_simgrid_platform(other, "")) << other;
  }
}

TEST(SimGridPlatform, IsFoundByItsLooksAmongAllFormats) {
  EXPECT_EQ(import_fleet(platform_text("full"), "", {.file = "full.xml"}).name(), "lab");
}

TEST(SimGridPlatform, MakesHostsDevicesAsFastAsAllTheirCores) {
  const Fleet fleet = platform("full");
  EXPECT_EQ(fleet.device_count(), 4u);
  EXPECT_EQ(compute_of(fleet, "a"), 10e9);
  EXPECT_EQ(compute_of(fleet, "b"), 80e9);
  EXPECT_EQ(compute_of(fleet, "c"), 15e9);  // the p-state it starts in
  EXPECT_EQ(compute_of(fleet, "d"), 40e9);
  EXPECT_TRUE(warns_of(fleet, "several cores"));
  EXPECT_TRUE(warns_of(fleet, "p-states"));
}

TEST(SimGridPlatform, MakesRoutersSwitchesAndPointsBetweenLinksJunctions) {
  const Fleet fleet = platform("full");
  EXPECT_EQ(vertex_of(fleet, "r").kind, VertexKind::network_switch);
  EXPECT_EQ(vertex_of(fleet, "lab: shared | split_UP").kind, VertexKind::junction);
}

TEST(SimGridPlatform, TurnsLinksIntoChannelsThatRoutesShare) {
  const Fleet fleet = platform("full");
  EXPECT_EQ(channel_of(fleet, "shared").bandwidth, Bandwidth(1.25e9));
  EXPECT_EQ(channel_of(fleet, "shared").sharing, Sharing::shared);
  EXPECT_EQ(channel_of(fleet, "fat").sharing, Sharing::fat_pipe);
  EXPECT_EQ(channel_of(fleet, "split_UP").latency, Seconds(2 * 1e-6));
  EXPECT_EQ(channel_of(fleet, "split_DOWN").bandwidth, Bandwidth(1.25e9));
  EXPECT_EQ(channel_of(fleet, "slow").bandwidth, Bandwidth(128 * 1024));
  const auto channels = fleet.channels();
  EXPECT_EQ(std::count_if(channels.begin(), channels.end(), [](const Channel& c) { return c.name == "shared"; }), 1);
}

TEST(SimGridPlatform, SaysOnceForEachKindWhatAFleetCannotHold) {
  const Fleet fleet = import_text(platform_with(R"(
    <config><prop id="network/model" value="SMPI"/></config>
    <trace id="t" periodicity="1.0">0.0 1.0</trace>
    <zone id="z" routing="Full">
      <prop id="colour" value="red"/>
      <host id="a" speed="1Gf" speed_file="a.profile" coordinates="1 2 3">
        <disk id="d" read_bw="1MBps" write_bw="1MBps"/><prop id="watt" value="1"/>
      </host>
      <host id="b" speed="1Gf" state_file="b.profile"/>
      <link id="l" bandwidth="1MBps" latency="1us" sharing_policy="WIFI"/>
      <route src="a" dst="b"><link_ctn id="l"/></route>
      <route src="a" dst="a"><link_ctn id="l"/></route>
    </zone>
    <actor host="a" function="f"/>)"));
  for (const char* words :
       {"<config>) are left out (1: network/model)", "profiles", "(<prop>) are left out (2, the first", "coordinates",
        "disks", "Wi-Fi", "from a host to itself", "actors"}) {
    EXPECT_TRUE(warns_of(fleet, words)) << words;
  }
  EXPECT_EQ(fleet.warnings().size(), 8u);
  EXPECT_TRUE(platform("floyd_zones").warnings().empty());
}

TEST(SimGridPlatform, PutsTheHostsOfEachZoneInARackOfTheirOwn) {
  const Fleet fleet = platform("clusters");
  EXPECT_EQ(vertex_of(fleet, "p0.x").place.rack, 0u);
  EXPECT_EQ(vertex_of(fleet, "p7.x").place.rack, 0u);
  EXPECT_EQ(vertex_of(fleet, "w3").place.rack, 1u);
  EXPECT_EQ(vertex_of(fleet, "f1").place.rack, 3u);
  EXPECT_EQ(vertex_of(platform("full"), "a").place, Place{});
}

TEST(SimGridPlatform, FindsRacksAndPodsInFatTreesAndDragonflies) {
  const Fleet trees = platform("fat_trees");
  EXPECT_EQ(vertex_of(trees, "a3").place.rack, 0u);
  EXPECT_EQ(vertex_of(trees, "a4").place.rack, 1u);
  EXPECT_EQ(vertex_of(trees, "b7").place.pod, 1u);  // of three levels: pods of 2 × 3 hosts
  const Fleet flies = platform("dragonflies");
  EXPECT_EQ(vertex_of(flies, "a7").place.rack, 0u);  // a chassis holds 4 × 2 hosts
  EXPECT_EQ(vertex_of(flies, "a8").place.rack, 1u);
  EXPECT_EQ(vertex_of(flies, "a24").place.pod, 1u);  // a group holds 3 chassis
}

TEST(SimGridPlatform, StaysAsSmallAsItsFile) {
  const Fleet fleet = import_text(
      platform_with(R"(<cluster id="c" prefix="n" suffix="" radical="0-65535" speed="1Gf" bw="125MBps" lat="50us"/>)"));
  EXPECT_EQ(fleet.device_count(), 65536u);
  EXPECT_EQ(fleet.vertices().size(), 65537u);
  EXPECT_EQ(fleet.links().size(), 2 * 65536u);
  EXPECT_EQ(fleet.device_models().size(), 1u);
  EXPECT_EQ(route_names(fleet, "n0", "n65535"), (std::vector<std::string>{"c_link_0_UP", "c_link_65535_DOWN"}));
}

TEST(SimGridPlatform, RoutesAreWalksFromEndToEnd) {
  for (const std::string& name : platform_names()) {
    const Fleet fleet = platform(name);
    for (const VertexId from : fleet.devices()) {
      for (const VertexId to : fleet.devices()) {
        std::vector<LinkId> route;
        fleet.append_route(from, to, 0, route);
        const bool is_unlisted = name == "full" && route.empty();
        VertexId at = from;
        for (const LinkId link : route) {
          ASSERT_EQ(fleet.link(link).from, at) << name;
          at = fleet.link(link).to;
        }
        ASSERT_TRUE(at == to || is_unlisted) << name;
      }
    }
  }
}

TEST(SimGridPlatform, HasNoRouteForPointsThatSimGridDoesNotKnow) {
  const Fleet fleet = platform("fat_trees");
  EXPECT_TRUE(route_names(fleet, "a0", "a_switch_31").empty());
}

}  // namespace
}  // namespace lockstep::topology
