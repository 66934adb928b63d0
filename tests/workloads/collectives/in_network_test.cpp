#include "workloads/collectives/in_network.hpp"

#include <gmock/gmock.h>

#include "tests/workloads/collectives/simulated.hpp"
#include "workloads/collectives/switch_tree.hpp"

namespace lockstep::workloads {
namespace {

using testing::Engine;
using testing::fault_on;
using ::testing::HasSubstr;
using testing::run_on;
using testing::seconds_on;
using topology::topology_of;

CollectiveRequest in_network(Operation operation, double bytes, std::uint32_t segments = 1, std::uint32_t root = 0) {
  return {.operation = operation,
          .algorithm = "in_network",
          .bytes = Bytes(bytes),
          .root = RankId(root),
          .segments = segments};
}

std::vector<topology::Fleet> fleets_with_switches() {
  std::vector<topology::Fleet> fleets;
  for (const std::uint32_t devices : {2U, 5U, 8U, 33U}) {
    fleets.push_back(topology_of("switch", R"("devices":)" + std::to_string(devices)));
  }
  fleets.push_back(topology_of("tree", R"("devices":27,"radix":3)"));
  fleets.push_back(topology_of("tree", R"("devices":13,"radix":2)"));
  fleets.push_back(topology_of("fat_tree", R"("devices":16,"levels":2)"));
  fleets.push_back(topology_of("fat_tree", R"("radix":4,"levels":3)"));
  fleets.push_back(topology_of("leaf_spine", R"("devices":24)"));
  fleets.push_back(topology::fleet_from(
      R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"}})"));
  fleets.push_back(topology::fleet_from(
      R"({"node":"DGX_H100","nodes":3,"fabric":{"topology":"fat_tree","link":"InfiniBand_NDR"}})"));
  return fleets;
}

TEST(InNetwork, MovesTheRightDataOverEveryTreeOfSwitches) {
  for (const topology::Fleet& fleet : fleets_with_switches()) {
    for (const Operation operation : {Operation::all_reduce, Operation::reduce, Operation::broadcast}) {
      for (const std::uint32_t segments : {1U, 5U}) {
        for (const std::size_t root : {std::size_t{0}, fleet.device_count() - 1, fleet.device_count() / 2}) {
          if (operation == Operation::all_reduce && root != 0) continue;
          const auto request = in_network(operation, 1e6, segments, static_cast<std::uint32_t>(root));
          EXPECT_EQ(fault_on(fleet, request), "") << fleet.name() << ' ' << to_text(operation) << " root " << root;
        }
      }
    }
    EXPECT_EQ(fault_on(fleet, in_network(Operation::barrier, 0)), "") << fleet.name();
  }
}

TEST(InNetwork, SendsTheVectorOnceUpAndOnceDownEveryLinkOfTheTree) {
  const topology::Fleet fleet = topology_of("tree", R"("devices":27,"radix":3)");
  const sim::Timeline timeline = run_on(fleet, in_network(Operation::all_reduce, 1e6, 7));
  for (const Bytes bytes : timeline.link_bytes) EXPECT_NEAR(bytes.si(), 1e6, 1e-3);
}

// Form C23: (2h + k - 1)(α + (n/k)β) where latency holds the ports, else 2h(α + (n/k)β) + (k - 1)(n/k)β.
TEST(InNetwork, TakesTheTimeOfItsClosedForm) {
  struct Case {
    std::uint32_t levels, segments;
    double bytes;
    std::string bandwidth, latency;
    double block, behind;
  };
  const std::vector<Case> cases = {{1, 1, 1e9, "50 GB/s", "5 us", 0.040010000000000004, 0.040010000000000004},
                                   {3, 64, 1e9, "25 GB/s", "2 us", 0.043263, 0.043137},
                                   {2, 1, 1e5, "10 GB/s", "5 us", 6.000000000000001e-05, 6.000000000000001e-05}};
  for (const Case& each : cases) {
    const topology::Fleet fleet =
        topology::fleet_from(R"({"topology":"tree","radix":2,"levels":)" + std::to_string(each.levels) + "," +
                             testing::link_text(each.bandwidth, each.latency) + "}");
    const auto request = in_network(Operation::all_reduce, each.bytes, each.segments);
    EXPECT_NEAR(seconds_on(fleet, request, {.network = "ports"}) / each.block, 1, 1e-9) << each.levels;
    EXPECT_NEAR(seconds_on(fleet, request, {.network = "ports", .ports_hold_latency = false}) / each.behind, 1, 1e-9)
        << each.levels;
  }
}

TEST(InNetwork, TendsToItsFlowsWithTheNumberOfSegments) {
  const topology::Fleet fleet = topology_of("tree", R"("devices":8,"radix":2)");
  const Engine ports{.network = "ports", .ports_hold_latency = false};
  const Engine flows{.network = "ports", .ports_hold_latency = false, .fidelity = Fidelity::flow};
  for (const Operation operation : {Operation::all_reduce, Operation::reduce, Operation::broadcast}) {
    const double limit = seconds_on(fleet, in_network(operation, 1e9), flows);
    EXPECT_NEAR(limit, 6e-6 + 1e9 / 50e9, 1e-12);
    double last = seconds_on(fleet, in_network(operation, 1e9, 1), ports);
    for (const std::uint32_t segments : {8U, 64U, 512U}) {
      const double time = seconds_on(fleet, in_network(operation, 1e9, segments), ports);
      EXPECT_GT(time, limit);
      EXPECT_LT(time, last);
      last = time;
    }
    EXPECT_LT(last, 1.01 * limit);
  }
}

TEST(InNetwork, RefusesFleetsWithoutACommonSwitch) {
  EXPECT_THAT(testing::refusal_on(topology_of("torus", R"("dimensions":[4,2])"), in_network(Operation::reduce, 1e6)),
              HasSubstr("no switch is above all ranks"));
}

TEST(SwitchTree, RootsAtTheNearestSwitchOfAllMembers) {
  const topology::Fleet fleet = topology_of("tree", R"("devices":27,"radix":3)");
  const std::vector<topology::VertexId> members(fleet.devices().begin() + 9, fleet.devices().begin() + 18);
  const CollectiveRequest request;
  const SwitchTree tree(request, {fleet, members});
  EXPECT_EQ(tree.ranks(), 9 + 4);
  EXPECT_EQ(tree.height(tree.root()), 2);
  EXPECT_EQ(tree.depth(RankId(0)), 2);
  EXPECT_EQ(fleet.vertex(tree.vertex(tree.root())).level, 2);
}

}  // namespace
}  // namespace lockstep::workloads
