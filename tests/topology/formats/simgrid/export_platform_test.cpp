#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/fleets.hpp"
#include "tests/topology/formats/simgrid/platforms.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

std::string exported(const Fleet& fleet) {
  std::ostringstream out;
  export_simgrid_platform(fleet, out);
  return out.str();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

Fleet two_devices() {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a", builder.add_device_model({.compute = FlopRate(2e12)}));
  builder.add_cable(a, builder.add_device("b"), {Bandwidth(50e9), Seconds(2e-6)});
  return builder.build();
}

TEST(SimGridExport, ListsEveryRouteOneWay) {
  const std::string text = exported(two_devices());
  EXPECT_NE(text.find(R"(<host id="a" speed="2e+12f">)"), std::string::npos);
  EXPECT_NE(text.find(R"(<link id="a->b" bandwidth="5e+10Bps" latency="2e-06s" sharing_policy="SHARED">)"),
            std::string::npos);
  EXPECT_NE(text.find(R"(<route src="a" dst="b" symmetrical="NO"><link_ctn id="a->b"/></route>)"), std::string::npos);
  EXPECT_NE(text.find(R"(<route src="b" dst="a" symmetrical="NO"><link_ctn id="b->a"/></route>)"), std::string::npos);
}

TEST(SimGridExport, NeedsNoRoutesToComeBackUnlessTheyAreAllThereIs) {
  const std::string text = exported(two_devices());
  const std::string without = text.substr(0, text.find("    <route")) + "</zone></platform>";
  EXPECT_EQ(route_names(import_text(without), "a", "b"), (std::vector<std::string>{"a->b"}));
}

TEST(SimGridExport, TellsParallelCablesApart) {
  FleetBuilder builder("pair");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  for (int i = 0; i < 3; ++i) builder.add_cable(a, b, {Bandwidth(1e9), Seconds(0)});
  const Fleet fleet = builder.build();
  const std::string text = exported(fleet);
  EXPECT_NE(text.find(R"x(<link id="a->b (3)")x"), std::string::npos);
  const Fleet back = import_text(text);
  EXPECT_EQ(back.parts().channels, fleet.parts().channels);
}

TEST(SimGridExport, EscapesNamesForXml) {
  FleetBuilder builder("<fleet> & \"co\"");
  const VertexId a = builder.add_device("a <&> \"q\" 'p'\ttab");
  builder.add_cable(a, builder.add_device("µ\n2"), {Bandwidth(1e9), Seconds(0)});
  const Fleet fleet = builder.build();
  const Fleet back = import_text(exported(fleet));
  EXPECT_EQ(back.parts().vertices, fleet.parts().vertices);
  EXPECT_EQ(back.name(), fleet.name());
}

TEST(SimGridExport, RefusesNamesThatXmlCannotHold) {
  FleetBuilder builder("fleet");
  builder.add_device(std::string("a\x01"));
  EXPECT_THROW(exported(builder.build()), InputError);
}

TEST(SimGridExport, RefusesMoreRoutesThanAFileShouldList) {
  const Fleet fleet = topology_of("line", R"("devices":300)");  // 100 links a route on average
  std::ostringstream out;
  EXPECT_THROW(export_simgrid_platform(fleet, out), InputError);
  EXPECT_TRUE(out.str().empty());
}

TEST(SimGridExport, NoticesWhenSomebodyEditedOnlyHalfOfIt) {
  const std::string text = exported(two_devices());
  const auto refused = [](const std::string& edited, const std::string& complaint) {
    try {
      import_text(edited);
      return std::string("was read");
    } catch (const InputError& error) {
      return std::string(error.what()).find(complaint) != std::string::npos ? "" : std::string(error.what());
    }
  };
  EXPECT_EQ(refused(replaced(text, "speed=\"2e+12f\"", "speed=\"1Gf\""), "the speed is not that of"), "");
  EXPECT_EQ(refused(replaced(text, "lockstep.version\" value=\"1", "lockstep.version\" value=\"2"), "later lockstep"),
            "");
  EXPECT_EQ(refused(replaced(text, "lockstep.link.0", "lockstep.link.7"), "no property lockstep.link.0"), "");
  EXPECT_EQ(refused(replaced(text, "\"0,1\"", "\"0,9\""), "a vertex that does not exist"), "");
  EXPECT_EQ(refused(replaced(text, "kind=device", "kind=cpu"), "no kind of vertex 'cpu'"), "");
  EXPECT_EQ(refused(replaced(text, "kind=device", "kind=device mood=good"), "no note 'mood'"), "");
  EXPECT_EQ(refused(replaced(text, "kind=device", "model=9"), "is not a whole number from 0 to"), "");
  EXPECT_EQ(refused(replaced(text, "<host ", "<router id=\"r\"/><host "), "lockstep.vertex.0' is missing"), "");
}

TEST(SimGridExport, TakesAnEditedBandwidthForGood) {
  const std::string edited = replaced(exported(two_devices()), "5e+10Bps", "25GBps");
  EXPECT_EQ(import_text(edited).channels()[0].bandwidth, Bandwidth(25e9));
}

}  // namespace
}  // namespace lockstep::topology
