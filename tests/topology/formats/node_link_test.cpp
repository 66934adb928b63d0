#include "tests/topology/formats/random_fleet.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

// As NetworkX wrote it before 3.4, with distances in km.
const std::string cities =
    R"({"directed": false, "multigraph": false, "graph": {"name": "cities", "stats": {"nodes": 3}},
  "nodes": [{"id": "0", "name": "Paris", "pos": [2.35, 48.86]}, {"id": "1", "name": "Lyon"}, {"id": 2, "name": "Lyon"}],
  "links": [{"source": "0", "target": "1", "dist": 400.0}, {"source": "1", "target": 2, "weight": 3},
            {"source": 2, "target": "0", "bandwidth": "10 Gbit/s", "latency": "3 ms", "dist": 1},
            {"source": "0", "target": "1", "speed": "1 GB/s", "dist": 0.001}]})";

TEST(NodeLink, ReadsForeignGraphsWithWarnings) {
  const Fleet fleet = read(cities);
  EXPECT_EQ(fleet.name(), "cities");
  EXPECT_EQ(fleet.device_count(), 3U);
  EXPECT_EQ(fleet.links().size(), 8U);
  vertex(fleet, "Lyon (2)");
  EXPECT_NEAR(fleet.channel(ChannelId(0)).latency.si(), 2e-3, 1e-15);
  EXPECT_EQ(fleet.channel(ChannelId(2)).latency, Seconds(1e-6));
  EXPECT_EQ(fleet.channel(ChannelId(4)).latency, Seconds(3e-3));
  EXPECT_EQ(fleet.channel(ChannelId(4)).bandwidth, Bandwidth(1.25e9));
  EXPECT_TRUE(warns(fleet, "1 link states no speed"));
  EXPECT_TRUE(warns(fleet, "1 link without a speed got 12.5 GB/s"));
  EXPECT_EQ(fleet.channel(ChannelId(6)).latency, Seconds(1e-6));
  EXPECT_TRUE(warns(fleet, "2 links is that of light in fibre"));
  EXPECT_TRUE(warns(fleet, "'weight' of 1 link has no unit"));
}

TEST(NodeLink, DevicesOfForeignGraphsForward) {
  const Fleet fleet = read(R"({"nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
    "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "c"}]})");
  EXPECT_EQ(way(fleet, "a", "c"), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(NodeLink, TakesKindsDirectionsAndOtherIds) {
  const Fleet fleet =
      read(R"({"directed": true, "nodes": [{"id": [0, 1], "type": "host"}, {"id": [0, 2], "type": "Switch"}],
    "edges": [{"source": [0, 1], "target": [0, 2]}, {"source": [0, 1], "target": [0, 1]}]})");
  EXPECT_EQ(fleet.vertex(vertex(fleet, "[0,2]")).kind, VertexKind::network_switch);
  EXPECT_EQ(fleet.links().size(), 1U);
  EXPECT_TRUE(warns(fleet, "1 edges from a node to itself"));
  const Fleet counted = read(R"({"nodes": [{"name": "x"}, {"name": "y"}], "links": [{"source": 0, "target": 1}]})");
  EXPECT_EQ(counted.links().size(), 2U);
}

TEST(NodeLink, RefusesBrokenGraphs) {
  EXPECT_TRUE(contains(refusal(R"({"nodes": [{"id": 1}, {"id": "1"}], "edges": []})"), "two nodes have the id '1'"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]})"), "no node '2'"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": [{"id": 1}], "edges": [{"source": 1}]})"), "edges[0]: the field 'target'"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": [1], "edges": []})"), "nodes[0]"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": [{"id": {}}], "edges": []})"), "nodes[0]"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": [], "edges": []})"), "no device"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": 3})", "node_link"), "nodes"));
  EXPECT_TRUE(contains(refusal(R"([])", "node_link"), "object"));
  EXPECT_TRUE(contains(refusal(R"({"nodes": [{"id": 1}, {"id": 2}],
    "edges": [{"source": 1, "target": 2, "bandwidth": "10 furlongs"}]})"),
                       "furlongs"));
}

TEST(NodeLink, ChecksWhatItWrote) {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  builder.add_half_duplex_cable(a, b, {.bandwidth = Bandwidth(1e9), .latency = Seconds(1e-6)});
  const std::string text = written(builder.build(), "node_link");
  auto changed = [&](const std::string& from, const std::string& to) {
    std::string copy = text;
    copy.replace(copy.rfind(from), from.size(), to);
    return refusal(copy);
  };
  EXPECT_TRUE(contains(changed("1e+09 B/s", "2e+09 B/s"), "channel 0 in the header differ"));
  EXPECT_TRUE(contains(changed("\"channel\":0", "\"channel\":1"), "channels"));
  EXPECT_TRUE(contains(changed("\"kind\":\"device\"", "\"kind\":\"devise\""), "device"));
  EXPECT_TRUE(contains(changed("\"format\":1", "\"format\":2"), "format 1"));
  EXPECT_TRUE(contains(changed("\"routing\":{", "\"routing\":{\"x\":1,"), "unknown key"));
  EXPECT_TRUE(contains(changed("\"kind\":\"device\"", "\"kind\":\"device\",\"node\":4294967295"),
                       "not a whole number from 0 to"));
  EXPECT_TRUE(contains(changed("\"directed\": true", "\"directed\": false"), "no direction"));
}

TEST(NodeLink, LeavesOtherJsonAlone) {
  for (const char* text :
       {R"({"topology": "ring", "devices": 4})", R"({"node": "X", "nodes": 32, "fabric": {"edges": []}})",
        R"({"traceEvents": []})", "[]", ""}) {
    EXPECT_TRUE(contains(refusal(text), "not in any format")) << text;
  }
}

TEST(NodeLink, SurvivesDamage) {
  EXPECT_GT(survive_damage(cities, "node_link"), 0U);
}

}  // namespace
}  // namespace lockstep::topology::testing
