#include "topology/fleet_spec.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::topology {
namespace {

constexpr const char* link = R"("link":{"bandwidth":"50 GB/s","latency":"1 us"})";

// A wrong description, where the error must point, and words that it must say.
struct Wrong {
  std::string description;
  std::string where;
  std::string says;
};

void PrintTo(const Wrong& row, std::ostream* out) {
  *out << row.description.substr(0, 100);
}

class WrongFleet : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFleet, IsRefusedWithPlaceAndReason) {
  try {
    fleet_from(GetParam().description);
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_NE(error.text().where.find(GetParam().where), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(GetParam().says), std::string::npos) << error.what();
  }
}

std::string of(const std::string& topology, const std::string& fields) {
  return R"({"topology":")" + topology + "\"," + link + (fields.empty() ? "" : ",") + fields + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Values, WrongFleet,
    testing::Values(
        Wrong{of("ring", R"("devices":8,"divices":8)"), "divices", "did you mean 'devices'"},
        Wrong{of("rnig", R"("devices":8)"), "topology", "did you mean 'ring'"},
        Wrong{of("moebius", R"("devices":8)"), "topology", "valid names: line, ring"},
        Wrong{of("ring", ""), "", "'devices' is missing"},
        Wrong{of("ring", R"("devices":"8")"), "devices", "whole number"},
        Wrong{of("ring", R"("devices":8.5)"), "devices", "whole number"},
        Wrong{of("ring", R"("devices":0)"), "devices", "between 1 and"},
        Wrong{of("ring", R"("devices":-3)"), "devices", "between 1 and"},
        Wrong{of("ring", R"("devices":100000000000)"), "devices", "between 1 and"},
        Wrong{of("ring", R"("devices":null)"), "devices", "null"},
        Wrong{of("full_mesh", R"("devices":1000000)"), "", "links, more than"},
        Wrong{R"({"topology":"ring","devices":8})", "", "'link' is missing"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"latency":"1 us"}})", "link", "'bandwidth' is missing"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":50,"latency":"1 us"}})", "link.bandwidth",
              "50 GB/s"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"50","latency":"1 us"}})", "link.bandwidth",
              "no unit"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"50 GB","latency":"1 us"}})", "link.bandwidth",
              "'GB'"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"-50 GB/s","latency":"1 us"}})", "link",
              "negative"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"0 GB/s","latency":"1 us"}})", "link", "positive"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"inf GB/s","latency":"1 us"}})", "link.bandwidth",
              "number"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"1e999 GB/s","latency":"1 us"}})", "link.bandwidth",
              "range"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"50 GB/s","latency":"-1 us"}})", "link",
              "negative"},
        Wrong{R"({"topology":"ring","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 GB"}})", "link.latency",
              "'GB'"},
        Wrong{R"({"topology":"ring","devices":8,"link":"InfiniBand_NRD"})", "link", "InfiniBand_NDR"},
        Wrong{of("ring", R"("devices":8,"device":"H1000")"), "device", "did you mean"},
        Wrong{of("ring", R"("devices":8,"device":{"compute":"0 TFLOP/s"})"), "device.compute", "positive"},
        Wrong{of("ring", R"("devices":8,"device":{"compute":"5 TB"})"), "device.compute", "'TB'"},
        Wrong{of("ring", R"("devices":4,"overrides":[{"from":"d0","to":"d9","latency":"1 s"}])"), "overrides[0].to",
              "'d9'"},
        Wrong{of("ring", R"("devices":4,"overrides":[{"from":"d0","to":"d2","latency":"1 s"}])"), "overrides[0]",
              "no link"},
        Wrong{of("ring", R"("devices":4,"overrides":{"from":"d0"})"), "overrides", "a list"},
        Wrong{of("ring", R"("devices":4,"routing":"fastest")"), "routing", "valid names"},
        Wrong{of("ring", R"("devices":4,"routing":"table")"), "", "routes themselves"}));

INSTANTIATE_TEST_SUITE_P(
    Shapes, WrongFleet,
    testing::Values(
        Wrong{of("torus", R"("dimensions":[4,0])"), "dimensions", "at least 1"},
        Wrong{of("torus", R"("dimensions":[])"), "dimensions", "1 to 32"},
        Wrong{of("torus", R"("dimensions":4)"), "dimensions", "a list"},
        Wrong{of("torus", R"("dimensions":[100000,100000])"), "dimensions", "largest fleet"},
        Wrong{of("torus", R"("dimensions":[4,4],"devices":15)"), "", "but 15 are"},
        Wrong{of("torus", R"("dimensions":[4,4],"devices":17)"), "", "but 17 are"},
        Wrong{of("torus", R"("dimensions":[4,4],"wrap":[true])"), "wrap", "2 dimensions"},
        Wrong{of("tpu_pod", R"("dimensions":[4,4,4],"devices":32)"), "", "but 32 are"},
        Wrong{of("random_regular", R"("devices":1000000,"degree":4096)"), "degree", "largest fleet"},
        Wrong{of("fat_tree", R"("down":[4,4],"up":[3],"parallel":2)"), "up", "multiple"},
        Wrong{of("hypercube", R"("devices":12)"), "devices", "write 8 or 16"},
        Wrong{of("fat_tree", ""), "", "needs \"devices\", \"radix\" or \"down\""},
        Wrong{of("fat_tree", R"("radix":4,"devices":16,"levels":2)"), "", "the tree holds 8"},
        Wrong{of("fat_tree", R"("radix":4,"oversubscription":0.5)"), "oversubscription", "from 1 (full bandwidth)"},
        Wrong{of("fat_tree", R"("radix":4,"oversubscription":9)"), "radix", "too few"},
        Wrong{of("fat_tree", R"("radix":[4,4],"oversubscription":[1,1,1])"), "oversubscription", "one a level"},
        Wrong{of("fat_tree", R"("down":[4,4],"radix":4)"), "radix", "\"down\""},
        Wrong{of("fat_tree", R"("radix":100000)"), "", "smaller fleet"},
        Wrong{of("random_regular", R"("devices":5,"degree":3)"), "degree", "even"},
        Wrong{of("random_regular", R"("devices":5,"degree":5)"), "degree", "less than"},
        Wrong{of("random_regular", R"("devices":6,"degree":1)"), "degree", "connected"},
        Wrong{of("dragonfly", R"("groups":9,"switches_per_group":2,"global_links_per_switch":1)"), "global_links",
              "other groups"},
        Wrong{of("parameter_server", R"("devices":2,"servers":2)"), "devices", "none is left"},
        Wrong{R"({"node":"DGX_H100"})", "", "'nodes' is missing"},
        Wrong{R"({"node":"DGX_H100","nodes":4})", "", "'fabric' is missing"},
        Wrong{R"({"node":"DGX_H101","nodes":4,"fabric":"InfiniBand_NDR"})", "node", "DGX_H100"},
        Wrong{R"({"node":"DGX_H100","nodes":4,"fabric":"InfiniBand_NDR","nodse":1})", "nodse", "did you mean 'node'"},
        Wrong{R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"ring","link":"InfiniBand_NDR","x":1}})", "fabric.x",
              "unknown key"},
        Wrong{R"({"node":"DGX_H100","nodes":100000000,"fabric":"InfiniBand_NDR"})", "nodes", "between 1 and"},
        Wrong{R"({"catalog":"Research_257"})", "catalog", "Research_256"},
        Wrong{R"({"devices":4})", "", "does not describe a fleet"}));

INSTANTIATE_TEST_SUITE_P(
    Texts, WrongFleet,
    testing::Values(Wrong{"{", "", "broken JSON at line 1"}, Wrong{R"({"topology":"ring",})", "", "broken JSON"},
                    Wrong{R"({"topology":"ring","topology":"line"})", "", "given twice"},
                    Wrong{"{\"a\":" + std::string(100000, '[') + "}", "", "nested deeper"},
                    Wrong{"{\"a\":\"\xff\xfe\"}", "", "broken JSON"},
                    Wrong{R"({"file":"no/such/file.json"})", "no/such/file.json", "cannot be opened"},
                    Wrong{"no_such_cluster", "catalog", "no_such_cluster"},
                    Wrong{"no/such/file.json", "no/such/file.json", "cannot be opened"}));

TEST(FleetSpec, ChangesSingleLinks) {
  const Fleet fleet =
      fleet_from(of("ring", R"("devices":4,"overrides":[{"from":"d0","to":"d1","bandwidth":"1 GB/s"}])"));
  EXPECT_EQ(fleet.channel_of(fleet.route(VertexId(0), VertexId(1))[0]).bandwidth.si(), 1e9);
  EXPECT_EQ(fleet.channel_of(fleet.route(VertexId(1), VertexId(0))[0]).bandwidth.si(), 50e9);
  EXPECT_FALSE(fleet.known_bisection().has_value());
}

TEST(FleetSpec, ReadsTheDeviceFromTheDescriptionOrTheCatalog) {
  const Fleet written = fleet_from(of("ring", R"("devices":2,"device":{"compute":"100 TFLOP/s","memory":"80 GiB"})"));
  EXPECT_EQ(written.device_model(DeviceId(1)).compute->si(), 100e12);
  EXPECT_EQ(written.device_model(DeviceId(1)).memory->si(), 80 * 0x1p30);
  const Fleet named = fleet_from(of("ring", R"("devices":2,"device":"H100")"));
  EXPECT_EQ(named.device_model(DeviceId(0)).compute->si(), 989e12);
}

TEST(FleetSpec, AppliesSettings) {
  const Catalog catalog = Catalog::bundled();
  const Fleet fleet = load_fleet(of("ring", R"("devices":4)"), "",
                                 {.catalog = catalog, .settings = {"devices=6", "link.latency=3 us"}});
  EXPECT_EQ(fleet.device_count(), 6u);
  EXPECT_EQ(fleet.channels()[0].latency.si(), 3e-6);
  EXPECT_THROW(load_fleet(of("ring", R"("devices":4)"), "", {.catalog = catalog, .settings = {"devices"}}), InputError);
}

TEST(FleetSpec, FitsTheSmallestSwitchesToLevelsAndOversubscription) {
  EXPECT_EQ(fleet_from(of("fat_tree", R"("devices":1024,"levels":2)")).device_count(), 1024u);
  EXPECT_EQ(fleet_from(of("fat_tree", R"("devices":64,"radix":16,"oversubscription":[2])")).device_count(), 64u);
  EXPECT_EQ(fleet_from(of("fat_tree", R"("devices":16,"oversubscription":1.5)")).device_count(), 16u);
  EXPECT_EQ(fleet_from(of("hypercube", R"("devices":1)")).device_count(), 1u);
}

TEST(FleetSpec, ReadsTheFleetOfAScenario) {
  EXPECT_EQ(fleet_from(R"({"name":"x","fleet":)" + of("ring", R"("devices":3)") + R"(,"workload":{}})").device_count(),
            3u);
}

}  // namespace
}  // namespace lockstep::topology
