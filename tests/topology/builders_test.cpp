#include <gtest/gtest.h>

#include <cmath>

#include "tests/topology/fleets.hpp"
#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {
namespace {

constexpr double cable = 50e9;

// One row a topology: what it is built from, and its figures by the formulas of the literature.
struct Expected {
  const char* name;
  const char* fields;
  std::size_t devices;
  std::size_t switches;
  std::size_t links;  // each direction
  std::uint32_t diameter;
  double average_hops;
  double bisection_cables;
};

void PrintTo(const Expected& row, std::ostream* out) {
  *out << row.name << " " << row.fields;
}

class EveryTopology : public testing::TestWithParam<Expected> {};

TEST_P(EveryTopology, HasTheFiguresOfItsFormula) {
  const Expected& row = GetParam();
  const Fleet fleet = topology_of(row.name, row.fields);
  EXPECT_EQ(fleet.device_count(), row.devices);
  EXPECT_EQ(fleet.vertices().size() - fleet.device_count(), row.switches);
  EXPECT_EQ(fleet.links().size(), row.links);
  const HopMetrics hops = measure_hops(fleet);
  EXPECT_EQ(hops.diameter, row.diameter);
  EXPECT_NEAR(hops.average, row.average_hops, 1e-12 * row.average_hops);
  EXPECT_EQ(hops.connected_pairs, row.devices * (row.devices - 1));
  const Bisection bisection = measure_bisection(fleet);
  EXPECT_DOUBLE_EQ(bisection.one_way.si(), row.bisection_cables * cable);
  EXPECT_DOUBLE_EQ(bisection.both_ways.si(), 2 * row.bisection_cables * cable);
}

TEST_P(EveryTopology, HasNoSmallerBisectionByMaximumFlowThanByFormula) {
  const Fleet fleet = topology_of(GetParam().name, GetParam().fields);
  EXPECT_DOUBLE_EQ(bisection_by_flow(fleet).one_way.si(), GetParam().bisection_cables * cable);
}

// Average distances: line (n+1)/3; ring n²/4/(n-1) for even n; torus: sum over its rings, each n/4 (even n) or
// (n²-1)/(4n) (odd n), times N/(N-1); hypercube d/2·N/(N-1); trees by counting pairs.
INSTANTIATE_TEST_SUITE_P(
    Direct, EveryTopology,
    testing::Values(Expected{"line", R"("devices":8)", 8, 0, 14, 7, 3.0, 1},
                    Expected{"line", R"("devices":2)", 2, 0, 2, 1, 1.0, 1},
                    Expected{"ring", R"("devices":8)", 8, 0, 16, 4, 16.0 / 7, 2},
                    Expected{"ring", R"("devices":7)", 7, 0, 14, 3, 2.0, 2},
                    Expected{"ring", R"("devices":2)", 2, 0, 2, 1, 1.0, 1},
                    Expected{"full_mesh", R"("devices":6)", 6, 0, 30, 1, 1.0, 9},
                    Expected{"full_mesh", R"("devices":7)", 7, 0, 42, 1, 1.0, 12},
                    Expected{"full_mesh", R"("dimensions":[4,4])", 16, 0, 96, 2, 1.6, 16},
                    Expected{"torus", R"("dimensions":[4,4,4])", 64, 0, 384, 6, 3.0 * 64 / 63, 32},
                    Expected{"torus", R"("dimensions":[8])", 8, 0, 16, 4, 16.0 / 7, 2},
                    Expected{"torus", R"("dimensions":[4,2])", 8, 0, 24, 3, 1.5 * 8 / 7, 4},
                    Expected{"torus", R"("dimensions":[4,4,4],"wrap":false)", 64, 0, 288, 9, 3.75 * 64 / 63, 16},
                    Expected{"torus", R"("dimensions":[4,4],"wrap":[true,false])", 16, 0, 56, 5, 2.25 * 16 / 15, 4},
                    Expected{"mesh", R"("dimensions":[4,4])", 16, 0, 48, 6, 2.5 * 16 / 15, 4},
                    Expected{"hypercube", R"("devices":16)", 16, 0, 64, 4, 2.0 * 16 / 15, 8},
                    Expected{"hypercube", R"("dimensions":5)", 32, 0, 160, 5, 2.5 * 32 / 31, 16},
                    Expected{"tpu_pod", R"("dimensions":[4,4,8])", 128, 0, 768, 8, 4.0 * 128 / 127, 32},
                    Expected{"tpu_pod", R"("dimensions":[2,2,1])", 4, 0, 8, 2, 4.0 / 3, 2}));

INSTANTIATE_TEST_SUITE_P(
    Switched, EveryTopology,
    testing::Values(Expected{"switch", R"("devices":8)", 8, 1, 16, 2, 2.0, 4},
                    Expected{"star", R"("devices":5)", 5, 1, 10, 2, 2.0, 2},
                    Expected{"parameter_server", R"("workers":7,"servers":1)", 8, 1, 16, 2, 2.0, 4},
                    // Of the 7 others, 1 shares the switch, 2 the switch above, 4 the root.
                    Expected{"tree", R"("devices":8,"radix":2)", 8, 7, 28, 6, 34.0 / 7, 1},
                    // k = 4: k³/4 devices, 5k²/4 switches; of 15 others 1 at 2 links, 2 at 4, 12 at 6.
                    Expected{"fat_tree", R"("radix":4)", 16, 20, 96, 6, 82.0 / 15, 8},
                    Expected{"fat_tree", R"("devices":16)", 16, 20, 96, 6, 82.0 / 15, 8},
                    Expected{"fat_tree", R"("radix":4,"levels":2)", 8, 6, 32, 4, 26.0 / 7, 4},
                    Expected{"fat_tree", R"("radix":6,"levels":2,"oversubscription":2)", 24, 8, 72, 4, 86.0 / 23, 6},
                    Expected{"fat_tree", R"("down":[4,4],"up":[2])", 16, 6, 48, 4, 54.0 / 15, 4},
                    // SimGrid's example "2;4,4;1,2;1,2": 2 spines, each leaf has 2 cables to each.
                    Expected{"fat_tree", R"("down":[4,4],"up":[4],"parallel":2)", 16, 6, 64, 4, 54.0 / 15, 8},
                    Expected{"leaf_spine", R"("leaves":4,"spines":2,"devices_per_leaf":4)", 16, 6, 48, 4, 54.0 / 15, 4},
                    // p = h = 1, a = 2, g = 3: the six switches happen to form a ring.
                    Expected{"dragonfly", R"("devices":6)", 6, 6, 24, 5, 3.8, 2},
                    // Groups of 2 switches with 2 devices each, 4 groups, 2 global cables a switch: 1 cable a pair.
                    Expected{"dragonfly",
                             R"("groups":4,"switches_per_group":2,"devices_per_switch":2,"global_links_per_switch":2)",
                             16, 8, 52, 5, 54.0 / 15, 4},
                    Expected{"hyperx", R"("dimensions":[4,4],"devices_per_switch":2)", 32, 16, 160, 4,
                             (2.0 + 6 * 2 * 3 + 9 * 2 * 4) / 31, 16}));

TEST(Torus, CutsTheTextbookBisection) {
  const Fleet fleet = topology_of("torus", R"("dimensions":[4,4,4])");
  const Bisection bisection = measure_bisection(fleet);
  EXPECT_EQ(bisection.one_way.si(), 1.6e12);
  EXPECT_EQ(bisection.both_ways.si(), 3.2e12);
  EXPECT_TRUE(bisection.exact);
}

TEST(Torus, SaysThatOddSidesHaveNoFormula) {
  const Fleet fleet = topology_of("torus", R"("dimensions":[3,3])");
  EXPECT_FALSE(fleet.known_bisection().has_value());
  EXPECT_FALSE(measure_bisection(fleet).exact);
}

TEST(TpuPod, MakesEachSliceATorusOfItsOwn) {
  const Fleet fleet = topology_of("tpu_pod", R"("slices":[{"dimensions":[4,4,4]},{"dimensions":[4,4,8]}])");
  EXPECT_EQ(fleet.device_count(), 192u);
  EXPECT_EQ(find_components(fleet).size(), 2u);
  EXPECT_EQ(measure_hops(fleet).diameter, 8u);
}

TEST(RandomRegular, GivesEveryDeviceItsDegreeAndIsConnected) {
  for (const int degree : {3, 4, 8, 15, 18}) {
    const Fleet fleet = topology_of("random_regular", R"("devices":20,"seed":7,"degree":)" + std::to_string(degree));
    EXPECT_EQ(fleet.links().size(), 20u * static_cast<std::size_t>(degree));
    EXPECT_EQ(find_components(fleet).size(), 1u);
    std::vector<int> out(20, 0);
    for (const Link& link : fleet.links()) ++out[link.from.value()];
    for (const int count : out) EXPECT_EQ(count, degree);
  }
}

TEST(RandomRegular, DrawsTheSameGraphFromTheSameSeedOnly) {
  auto links = [](int seed) {
    const Fleet fleet = topology_of("random_regular", R"("devices":40,"degree":4,"seed":)" + std::to_string(seed));
    return std::vector<Link>(fleet.links().begin(), fleet.links().end());
  };
  EXPECT_EQ(links(1), links(1));
  EXPECT_NE(links(1), links(2));
}

TEST(Jellyfish, PutsDevicesOnEverySwitch) {
  const Fleet fleet = topology_of("jellyfish", R"("switches":20,"degree":5,"devices_per_switch":3)");
  EXPECT_EQ(fleet.device_count(), 60u);
  EXPECT_EQ(fleet.links().size(), 2u * (60 + 50));
}

TEST(Dragonfly, PicksTheSmallestBalancedOneThatHoldsTheDevices) {
  // p = h = 2, a = 4, g = 9 hold 72 devices.
  const Fleet fleet = topology_of("dragonfly", R"("devices":72)");
  EXPECT_EQ(fleet.vertices().size(), 72u + 36u);
  // Every pair of groups has one global cable, every switch a full complement of ports: 2 devices, 3 local, 2 global.
  EXPECT_EQ(fleet.links().size(), 36u * 2u * 2u + 36u * 3u + 36u * 2u);
  EXPECT_EQ(measure_hops(fleet).diameter, 5u);
}

TEST(FatTree, MayBePartlyFilled) {
  const Fleet fleet = topology_of("fat_tree", R"("radix":[8,8,8],"devices":50)");
  EXPECT_EQ(fleet.device_count(), 50u);
  EXPECT_EQ(find_components(fleet).size(), 1u);
  EXPECT_EQ(measure_hops(fleet).diameter, 6u);
}

TEST(FatTree, KeepsAnOversubscriptionThatNoWholeNumberOfCablesGives) {
  // 7 : 1 above pods of 16 x 12 devices: 12 / 7 cables a switch, made of 2 slower ones.
  const Fleet fleet = topology_of("fat_tree", R"("down":[16,12,2],"oversubscription":[1,7])");
  EXPECT_EQ(fleet.device_count(), 384u);
  const auto ratio = measure_oversubscription(fleet);
  ASSERT_TRUE(ratio.has_value());
  EXPECT_NEAR(ratio->per_level[0], 1, 1e-12);
  EXPECT_NEAR(ratio->per_level[1], 7, 1e-12);
  EXPECT_NEAR(measure_bisection(fleet).one_way.si(), 192 * cable / 7, 1e-3);
  EXPECT_NEAR(bisection_by_flow(fleet).one_way.si(), 192 * cable / 7, 1e3);
}

}  // namespace
}  // namespace lockstep::topology
