#include "tests/topology/formats/random_fleet.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

TEST(Dot, DrawsACableOnceAndOneWayLinksAsArrows) {
  FleetBuilder builder("my \"fleet\"");
  const VertexId a = builder.add_device("a \"x\" \\", {}, {.node = 0, .rack = 4});
  const VertexId b = builder.add_device("b", {}, {.node = 0, .rack = 4});
  const LinkProperties cable{.bandwidth = Bandwidth(5e9), .latency = Seconds(1e-6)};
  builder.add_cable(a, b, cable);
  builder.add_cable(b, a, cable);
  builder.add_link(a, b, cable);
  const std::string dot = written(builder.build(), "dot");
  EXPECT_TRUE(contains(dot, "digraph \"my \\\"fleet\\\"\""));
  EXPECT_EQ(occurrences(dot, "->"), 2U);
  EXPECT_TRUE(contains(dot, "\"a \\\"x\\\" \\\\\" -> \"b\" [label=\"2 × 5 GB/s\""));
  EXPECT_EQ(occurrences(dot, "dir=none"), 1U);
  EXPECT_TRUE(contains(dot, "label=\"rack 4\""));
  EXPECT_TRUE(contains(dot, "label=\"node 0\""));
}

TEST(Dot, PutsSwitchesAboveDevices) {
  FleetBuilder builder("tree");
  const VertexId device = builder.add_device("d");
  const VertexId leaf = builder.add_switch("leaf");
  builder.add_cable(device, leaf, {.bandwidth = Bandwidth(5e9), .latency = Seconds(1e-6)});
  builder.add_link(device, leaf, {.bandwidth = Bandwidth(1e9), .latency = Seconds(1e-6)});
  const std::string dot = written(builder.build(), "dot");
  EXPECT_EQ(occurrences(dot, "\"leaf\" -> \"d\""), 2U);
  EXPECT_EQ(occurrences(dot, "dir=none"), 1U);
  EXPECT_EQ(occurrences(dot, "dir=back"), 1U);
}

TEST(Dot, LeavesBoxesAndFiguresOutOfLargeDrawings) {
  FleetBuilder builder("large");
  const VertexId hub = builder.add_switch("hub");
  for (int i = 0; i < 600; ++i) {
    const VertexId device = builder.add_device(std::to_string(i), {}, {.rack = 0});
    builder.add_cable(hub, device, {.bandwidth = Bandwidth(5e9), .latency = Seconds(1e-6)});
  }
  const std::string dot = written(builder.build(), "dot");
  EXPECT_EQ(occurrences(dot, "dir=none"), 600U);
  EXPECT_FALSE(contains(dot, "subgraph"));
  EXPECT_FALSE(contains(dot, "label=\"5 GB/s\""));
}

TEST(Dot, BalancesBracesWhateverTheFleet) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::string dot = written(RandomFleet(seed).build(), "dot");
    std::size_t depth = 0;
    bool in_quotes = false;
    for (std::size_t i = 0; i < dot.size(); ++i) {
      if (in_quotes && dot[i] == '\\') {
        ++i;
      } else if (dot[i] == '"') {
        in_quotes = !in_quotes;
      } else if (!in_quotes && dot[i] == '{') {
        ++depth;
      } else if (!in_quotes && dot[i] == '}') {
        ASSERT_GT(depth--, 0U);
      }
    }
    EXPECT_EQ(depth, 0U);
    EXPECT_FALSE(in_quotes);
  }
}

}  // namespace
}  // namespace lockstep::topology::testing
