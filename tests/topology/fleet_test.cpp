#include "topology/fleet.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::topology {
namespace {

constexpr LinkProperties cable{Bandwidth(50e9), Seconds(1e-6), LinkKind::network};

TEST(FleetBuilder, GivesACableTwoLinksWithTheWholeBandwidthEach) {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  const LinkId there = builder.add_cable(a, b, cable);
  const Fleet fleet = builder.build();
  ASSERT_EQ(fleet.links().size(), 2u);
  EXPECT_EQ(fleet.link(there).from, a);
  EXPECT_EQ(fleet.links()[1].from, b);
  EXPECT_NE(fleet.links()[0].channel, fleet.links()[1].channel);
  EXPECT_EQ(fleet.link_name(there), "a->b");
}

TEST(FleetBuilder, LetsHalfDuplexCablesShareOneChannel) {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a");
  builder.add_half_duplex_cable(a, builder.add_device("b"), cable, "bus");
  const Fleet fleet = builder.build();
  EXPECT_EQ(fleet.links()[0].channel, fleet.links()[1].channel);
  EXPECT_EQ(fleet.channel_name(fleet.links()[0].channel), "bus");
}

TEST(FleetBuilder, RefusesTheSameNameTwice) {
  FleetBuilder builder("twice");
  builder.add_device("a");
  EXPECT_THROW(builder.add_device("a"), InputError);
  EXPECT_THROW(builder.add_device(""), InputError);
}

TEST(FleetBuilder, RefusesUnphysicalLinks) {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  EXPECT_THROW(builder.add_cable(a, b, {Bandwidth(0), Seconds(0)}), InputError);
  EXPECT_THROW(builder.add_cable(a, b, {Bandwidth(-1), Seconds(0)}), InputError);
  EXPECT_THROW(builder.add_cable(a, b, {Bandwidth(1e308 * 10), Seconds(0)}), InputError);
  EXPECT_THROW(builder.add_cable(a, b, {Bandwidth(1), Seconds(-1e-9)}), InputError);
}

TEST(Fleet, NeedsADevice) {
  FleetBuilder builder("empty");
  builder.add_switch("s");
  EXPECT_THROW(builder.build(), InputError);
}

TEST(Fleet, NumbersDevicesInOrderAmongTheVertices) {
  FleetBuilder builder("mixed");
  builder.add_switch("s");
  const VertexId a = builder.add_device("a", builder.add_device_model({.name = "fast", .compute = FlopRate(1e15)}));
  const VertexId b = builder.add_device("b");
  const Fleet fleet = builder.build();
  ASSERT_EQ(fleet.device_count(), 2u);
  EXPECT_EQ(fleet.devices()[0], a);
  EXPECT_EQ(fleet.devices()[1], b);
  EXPECT_EQ(fleet.device_model(DeviceId(0)).name, "fast");
  EXPECT_EQ(fleet.find_vertex("b"), b);
  EXPECT_FALSE(fleet.find_vertex("c").has_value());
}

TEST(Fleet, NamesBothEndsWhenThereIsNoRoute) {
  FleetBuilder builder("apart");
  const VertexId a = builder.add_device("left");
  const VertexId b = builder.add_device("right");
  const Fleet fleet = builder.build();
  EXPECT_TRUE(fleet.route(a, a).empty());
  try {
    fleet.route(a, b);
    FAIL() << "a route was found";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("'left'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("'right'"), std::string::npos);
  }
}

TEST(Fleet, RoutesAlongLinksOfOneDirectionOnly) {
  FleetBuilder builder("one way");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  builder.add_link(a, b, cable);
  const Fleet fleet = builder.build();
  EXPECT_EQ(fleet.route(a, b).size(), 1u);
  EXPECT_THROW(fleet.route(b, a), InputError);
}

TEST(Fleet, SurvivesItsCopies) {
  std::optional<Fleet> copy;
  {
    FleetBuilder builder("short-lived");
    const VertexId a = builder.add_device("a");
    builder.add_cable(a, builder.add_device("b"), cable);
    const Fleet original = builder.build();
    copy = original;
  }
  EXPECT_EQ(copy->route(VertexId(0), VertexId(1)).size(), 1u);
}

}  // namespace
}  // namespace lockstep::topology
