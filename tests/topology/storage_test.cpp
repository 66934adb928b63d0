#include "topology/storage.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "base/error.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/formats/formats.hpp"

namespace lockstep::topology {
namespace {

constexpr const char* storage = R"("storage":{"bandwidth":"2 TB/s","latency":"5 us","servers":4)";

// One of each topology, without its closing brace, and what storage needs to hang there.
struct Described {
  std::string fleet;
  std::string at;  // empty: on the switches
};

std::string flat(const std::string& topology, const std::string& fields) {
  return R"({"topology":")" + topology + R"(","link":{"bandwidth":"50 GB/s","latency":"1 us"},)" + fields;
}

std::vector<Described> all_topologies() {
  const std::string on_devices = R"(,"at":["d0","d3"])";
  return {{flat("line", R"("devices":8)"), on_devices},
          {flat("ring", R"("devices":8)"), on_devices},
          {flat("full_mesh", R"("devices":8)"), on_devices},
          {flat("torus", R"("dimensions":[3,4])"), on_devices},
          {flat("mesh", R"("dimensions":[3,4])"), on_devices},
          {flat("hypercube", R"("devices":8)"), on_devices},
          {flat("random_regular", R"("devices":10,"degree":3)"), on_devices},
          {flat("switch", R"("devices":8)"), ""},
          {flat("parameter_server", R"("workers":7,"servers":1)"), ""},
          {flat("star", R"("devices":5)"), ""},
          {flat("tpu_pod", R"("dimensions":[4,4,4])"), R"(,"at":["d0","d3"])"},
          {flat("fat_tree", R"("down":[4,4],"up":[4],"parallel":2)"), ""},
          {flat("tree", R"("devices":8,"radix":2)"), ""},
          {flat("fat_tree", R"("devices":16,"radix":4,"levels":3)"), ""},
          {flat("fat_tree", R"("devices":16,"radix":8,"levels":2,"routing":"ecmp")"), ""},
          {flat("fat_tree", R"("devices":16,"radix":8,"levels":2,"routing":"shortest_path")"), ""},
          {flat("leaf_spine", R"("leaves":3,"spines":2,"devices_per_leaf":4)"), ""},
          {flat("dragonfly", R"("devices":72)"), ""},
          {flat("hyperx", R"("dimensions":[3,2],"devices_per_switch":2)"), ""},
          {flat("jellyfish", R"("switches":6,"degree":3,"devices_per_switch":2)"), ""},
          {flat("rail_optimized", R"("devices":32,"devices_per_node":8)"), ""},
          {R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"})", ""},
          {R"({"node":"DGX_A100","nodes":3,"fabric":"InfiniBand_NDR")", ""},
          {R"({"catalog":"Lab_64_H100")", ""}};
}

Fleet bare(const Described& fleet) {
  return fleet_from(fleet.fleet + "}");
}
Fleet with_four_servers(const Described& fleet) {
  return fleet_from(fleet.fleet + "," + storage + fleet.at + "}}");
}

// Byte for byte: the same links under the same numbers, whatever routes hash, count or tie-break by.
TEST(Storage, ChangesNoRouteBetweenWhatWasThere) {
  for (const Described& described : all_topologies()) {
    SCOPED_TRACE(described.fleet);
    const Fleet before = bare(described);
    const Fleet after = with_four_servers(described);
    ASSERT_EQ(after.vertices().size(), before.vertices().size() + 4);
    ASSERT_EQ(after.links().size(), before.links().size() + 8);
    for (const VertexId from : before.devices()) {
      for (const VertexId to : before.devices()) {
        for (const FlowLabel flow : {0U, 1U, 7U}) ASSERT_EQ(before.route(from, to, flow), after.route(from, to, flow));
      }
    }
  }
}

TEST(Storage, IsReachedFromEveryDeviceAndBack) {
  for (const Described& described : all_topologies()) {
    SCOPED_TRACE(described.fleet);
    const Fleet fleet = with_four_servers(described);
    for (const VertexId device : fleet.devices()) {
      for (const VertexId server : storage_servers(fleet)) {
        const auto there = fleet.route(device, server);
        EXPECT_EQ(fleet.link(there.front()).from, device);
        EXPECT_EQ(fleet.link(there.back()).to, server);
        const auto back = fleet.route(server, device);
        EXPECT_EQ(fleet.link(back.front()).from, server);
        EXPECT_EQ(fleet.link(back.back()).to, device);
      }
    }
  }
}

// Where the last link of the way to a server begins.
std::vector<std::string> anchors(const Fleet& fleet) {
  std::vector<std::string> names;
  for (const VertexId server : storage_servers(fleet)) {
    names.push_back(fleet.vertex(fleet.link(fleet.route(fleet.devices().front(), server).back()).from).name);
  }
  return names;
}

TEST(Storage, SpreadsOverTheTopSwitches) {
  EXPECT_EQ(anchors(with_four_servers({flat("fat_tree", R"("devices":64,"radix":16,"levels":2)"), ""})),
            (std::vector<std::string>{"spine0", "spine2", "spine4", "spine6"}));
  EXPECT_EQ(anchors(with_four_servers({flat("leaf_spine", R"("leaves":3,"spines":2,"devices_per_leaf":4)"), ""})),
            (std::vector<std::string>{"spine0", "spine1", "spine0", "spine1"}));
  EXPECT_EQ(anchors(with_four_servers({flat("ring", R"("devices":8)"), R"(,"at":["d5","d2"])"})),
            (std::vector<std::string>{"d5", "d2", "d5", "d2"}));
}

TEST(Storage, DividesItsBandwidthAmongServers) {
  const Fleet fleet = fleet_from(flat("switch", R"("devices":4,)") +
                                 R"("storage":{"read":"3 TB/s","write":"1 TB/s","latency":"7 us","servers":10}})");
  const VertexId device = fleet.devices().front();
  ASSERT_EQ(storage_servers(fleet).size(), 10U);
  for (const VertexId server : storage_servers(fleet)) {
    const Channel& in = fleet.channel_of(fleet.route(device, server).back());
    const Channel& out = fleet.channel_of(fleet.route(server, device).front());
    EXPECT_EQ(in.bandwidth, Bandwidth(1e11));
    EXPECT_EQ(out.bandwidth, Bandwidth(3e11));
    EXPECT_EQ(in.latency, Seconds(7e-6));
    EXPECT_EQ(out.latency, Seconds(7e-6));
  }
}

TEST(Storage, TakesNamedFiguresAndReplacesThem) {
  const std::string fleet = flat("switch", R"("devices":4,"storage":)");
  const auto way_in = [](const Fleet& of) {
    return of.channel_of(of.route(of.devices().front(), storage_servers(of).front()).back());
  };
  EXPECT_EQ(way_in(fleet_from(fleet + R"("PfsOneTbPerSecond"})")).bandwidth, Bandwidth(1e12));
  const Channel changed =
      way_in(fleet_from(fleet + R"({"name":"PfsOneTbPerSecond","servers":2,"write":"400 GB/s","latency":"1 ms"}})"));
  EXPECT_EQ(changed.bandwidth, Bandwidth(2e11));
  EXPECT_EQ(changed.latency, Seconds(1e-3));
}

TEST(Storage, ComesBackFromEveryFormatThatHoldsIt) {
  for (const Described& described : all_topologies()) {
    const Fleet fleet = with_four_servers(described);
    for (const std::string format : {"node_link", "graphml", "simgrid"}) {
      SCOPED_TRACE(format + ": " + described.fleet);
      std::ostringstream text;
      find_entry(export_formats(), format, "format", "").function(fleet, text);
      const Fleet back = import_fleet(text.str(), "", {});
      ASSERT_EQ(storage_servers(back), storage_servers(fleet));
      for (const VertexId device : fleet.devices()) {
        for (const VertexId server : storage_servers(fleet)) {
          ASSERT_EQ(back.route(device, server), fleet.route(device, server));
        }
        ASSERT_EQ(back.route(device, fleet.devices().front()), fleet.route(device, fleet.devices().front()));
      }
    }
  }
}

struct Wrong {
  std::string storage;
  std::string where;
  std::string says;
};

TEST(Storage, IsRefusedWithPlaceAndReason) {
  const std::vector<Wrong> wrong = {
      {R"({"servers":4})", "fleet.storage", "positive bandwidth"},
      {R"({"read":"1 TB/s"})", "fleet.storage", "one can write"},
      {R"({"bandwidth":2e12})", "fleet.storage.bandwidth", "unit"},
      {R"({"bandwidth":"-1 TB/s"})", "fleet.storage.bandwidth", "not be negative"},
      {R"({"bandwidth":"1 TB/s","latency":"-1 us"})", "fleet.storage.latency", "not be negative"},
      {R"({"bandwidth":"1 TB/s","servers":0})", "fleet.storage.servers", "between 1 and"},
      {R"({"bandwidth":"1 TB/s","sevrers":2})", "fleet.storage.sevrers", "did you mean 'servers'"},
      {R"({"bandwidth":"1 TB/s","at":["d0","spine9"]})", "fleet.storage.at", "no vertex 'spine9'"},
      {R"({"bandwidth":"1 TB/s","at":[]})", "fleet.storage.at", "list of names"},
      {R"("PfsTwoTbPerSecond")", "fleet.storage", "PfsOneTbPerSecond"},
      {R"("GpuDirect")", "fleet.storage", "positive bandwidth"},
      {R"({"bandwidth":"1 TB/s"})", "fleet.storage", "no switches"},
  };
  for (const Wrong& one : wrong) {
    SCOPED_TRACE(one.storage);
    try {
      fleet_from(R"({"fleet":)" + flat("ring", R"("devices":8,"storage":)") + one.storage + "}}");
      ADD_FAILURE() << "it was accepted";
    } catch (const InputError& error) {
      EXPECT_NE(error.text().where.find(one.where), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(one.says), std::string::npos) << error.what();
    }
  }
}

TEST(Storage, NeedsRoutesThatTheFleetDoesNotList) {
  const Fleet platform = import_fleet(
      R"(<?xml version="1.0"?><platform version="4.1"><zone id="z" routing="Full"><host id="a" speed="1f"/>)"
      R"(<host id="b" speed="1f"/><link id="l" bandwidth="1GBps" latency="1us"/>)"
      R"(<route src="a" dst="b"><link_ctn id="l"/></route></zone></platform>)",
      "", {});
  EXPECT_THROW(with_storage(platform, {.read = Bandwidth(1e9), .write = Bandwidth(1e9), .at = {"a"}}, "storage"),
               InputError);
}

}  // namespace
}  // namespace lockstep::topology
