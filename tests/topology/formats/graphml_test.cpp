#include "tests/topology/formats/random_fleet.hpp"
#include "topology/formats/guessed_links.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

// The layout of the Internet Topology Zoo: coordinates on nodes, speeds on some edges, parallel edges, equal labels.
const std::string zoo = R"(<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key attr.name="LinkSpeedRaw" attr.type="double" for="edge" id="d5" />
  <key attr.name="LinkSpeedUnits" attr.type="string" for="edge" id="d4" />
  <key attr.name="LinkSpeed" attr.type="string" for="edge" id="d3" />
  <key attr.name="label" attr.type="string" for="node" id="d2" />
  <key attr.name="Longitude" attr.type="double" for="node" id="d1" />
  <key attr.name="Latitude" attr.type="double" for="node" id="d0" />
  <key attr.name="Network" attr.type="string" for="graph" id="d6" />
  <graph edgedefault="undirected">
    <data key="d6">Sample</data>
    <node id="0"><data key="d0">0</data><data key="d1">0</data><data key="d2">West</data></node>
    <node id="1"><data key="d0">0</data><data key="d1">90</data><data key="d2">East &amp; South</data></node>
    <node id="2"><data key="d2">West</data></node>
    <edge source="0" target="1"><data key="d5">10000000000.0</data></edge>
    <edge source="0" target="1"><data key="d3">155</data><data key="d4">M</data></edge>
    <edge source="1" target="2"><data key="d3">&lt;1</data><data key="d4">G</data></edge>
  </graph>
</graphml>
)";

std::string graph_of(const std::string& inside) {
  return "<graphml><key id=\"k\" for=\"edge\" attr.name=\"bandwidth\" attr.type=\"string\"><default>1 "
         "GB/s</default></key>"
         "<graph edgedefault=\"directed\">" +
         inside + "</graph></graphml>";
}

TEST(Graphml, ReadsTopologyZooFiles) {
  const Fleet fleet = read(zoo);
  EXPECT_EQ(fleet.name(), "Sample");
  EXPECT_EQ(fleet.device_count(), 3U);
  EXPECT_EQ(fleet.links().size(), 6U);
  vertex(fleet, "West (2)");
  vertex(fleet, "East & South");
  EXPECT_EQ(fleet.channel(ChannelId(0)).bandwidth, Bandwidth(1.25e9));
  EXPECT_EQ(fleet.channel(ChannelId(2)).bandwidth, Bandwidth(155e6 / 8));
  EXPECT_EQ(fleet.channel(ChannelId(4)).bandwidth, Bandwidth(12.5e9));
  // A quarter of the equator at 2e8 m/s.
  EXPECT_NEAR(fleet.channel(ChannelId(0)).latency.si(), 6371008.8 * 3.14159265358979 / 2 / 2e8, 1e-9);
  EXPECT_EQ(fleet.channel(ChannelId(4)).latency, Seconds(1e-6));
  EXPECT_TRUE(warns(fleet, "2 links is that of light in fibre"));
  EXPECT_TRUE(warns(fleet, "1 link states no speed"));
}

TEST(Graphml, MeasuresTheGreatCircle) {
  EXPECT_EQ(great_circle_metres({10, 20}, {10, 20}), 0);
  EXPECT_NEAR(great_circle_metres({0, 0}, {0, 180}), 6371008.8 * 3.14159265358979, 1);
  EXPECT_NEAR(great_circle_metres({40.71427, -74.00597}, {41.85003, -87.65005}), 1.14616e6, 1e3);  // New York, Chicago
}

TEST(Graphml, AppliesDirectionsAndDefaults) {
  const Fleet fleet =
      read(graph_of("<node id=\"a\"/><node id=\"b\"/><edge source=\"a\" target=\"b\"/>"
                    "<edge source=\"a\" target=\"b\" directed=\"false\"><data key=\"k\">2 GB/s</data></edge>"));
  EXPECT_EQ(fleet.links().size(), 3U);
  EXPECT_EQ(fleet.channel(ChannelId(0)).bandwidth, Bandwidth(1e9));
  EXPECT_EQ(fleet.channel(ChannelId(1)).bandwidth, Bandwidth(2e9));
}

TEST(Graphml, RefusesWhatAFleetCannotBe) {
  EXPECT_TRUE(
      contains(refusal(graph_of("<node id=\"a\"/><hyperedge><endpoint node=\"a\"/></hyperedge>")), "hyperedge"));
  EXPECT_TRUE(contains(refusal(graph_of("<node id=\"a\"><graph/></node>")), "flatten"));
  EXPECT_TRUE(contains(refusal(graph_of("<node/>")), "no attribute 'id'"));
  EXPECT_TRUE(contains(refusal(graph_of("<node id=\"a\"/><edge source=\"a\" target=\"z\"/>")), "no node 'z'"));
  EXPECT_TRUE(contains(refusal("<graphml/>"), "no <graph>"));
  EXPECT_TRUE(contains(refusal("<graphml><graph/><graph/></graphml>"), "several graphs"));
  EXPECT_TRUE(contains(refusal("<graphml>\n<graph>\n"), "broken XML"));
  EXPECT_TRUE(contains(refusal("<platform/>", "graphml"), "<platform>"));
  EXPECT_TRUE(contains(refusal("<something/>"), "not in any format"));
}

TEST(Graphml, RefusesToWriteControlCharacters) {
  FleetBuilder builder("bell");
  builder.add_device("a\ab");
  EXPECT_THROW(written(builder.build(), "graphml"), InputError);
}

TEST(Graphml, WithstandsDeepNestingAndEntities) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  EXPECT_FALSE(refusal("<graphml>" + deep).empty());
  const Fleet fleet =
      read("<!DOCTYPE graphml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>" + graph_of("<node id=\"&b;\"/>"));
  EXPECT_EQ(fleet.vertex(fleet.devices()[0]).name, "&b;");
}

TEST(Graphml, SurvivesDamage) {
  EXPECT_GT(survive_damage(zoo, "graphml"), 0U);
}

}  // namespace
}  // namespace lockstep::topology::testing
