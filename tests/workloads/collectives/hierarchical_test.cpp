#include "workloads/collectives/hierarchical.hpp"

#include <gmock/gmock.h>

#include "tests/workloads/collectives/listed_plan.hpp"
#include "tests/workloads/collectives/simulated.hpp"

namespace lockstep::workloads {
namespace {

using testing::Engine;
using ::testing::HasSubstr;
using testing::plan_for;
using testing::seconds_on;

// N nodes of g devices that are joined by a switch of their own; NICs hang on the devices without delay.
topology::Fleet cluster(std::uint32_t nodes, std::uint32_t devices, std::uint32_t nics, const std::string& inside,
                        const std::string& between) {
  return topology::fleet_from(
      R"({"node":{"devices":)" + std::to_string(devices) + R"(,"interconnect":"switch","link":)" + inside +
      R"(,"nics":)" + std::to_string(nics) + R"(,"nic_link":{"bandwidth":"100 TB/s","latency":"0 s"}},"nodes":)" +
      std::to_string(nodes) + R"(,"fabric":{"topology":"rail_optimized","link":)" + between + "}}");
}

TEST(Hierarchical, MovesTheRightDataForEveryGroupSize) {
  for (std::uint32_t members = 2; members <= 33; ++members) {
    for (std::uint32_t group = 1; group <= members; ++group) {
      if (members % group != 0) continue;
      for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}) {
        const CollectiveRequest request{
            .operation = operation, .algorithm = "hierarchical", .bytes = Bytes(4000), .group_size = group};
        EXPECT_EQ(trace_data(*plan_for(request, members)).fault.value_or(""), "") << members << " by " << group;
      }
    }
  }
}

TEST(Hierarchical, TakesNodesFromTheFleet) {
  const topology::Fleet fleet =
      cluster(3, 4, 4, R"({"bandwidth":"100 GB/s","latency":"1 us"})", R"({"bandwidth":"10 GB/s","latency":"5 us"})");
  const CollectiveRequest request{.algorithm = "hierarchical", .bytes = Bytes(1e6)};
  EXPECT_EQ(testing::fault_on(fleet, request), "");
  // Ranks that alternate between nodes are sorted out.
  std::vector<topology::VertexId> mixed;
  for (std::uint32_t i = 0; i < 12; ++i) mixed.push_back(fleet.devices()[i * 5 % 12]);
  EXPECT_EQ(trace_data(*plan_collective(request, {fleet, mixed}, Fidelity::message)).fault.value_or(""), "");
  std::vector<topology::VertexId> uneven(fleet.devices().begin(), fleet.devices().begin() + 7);
  EXPECT_THROW(plan_collective(request, {fleet, uneven}, Fidelity::message), InputError);
}

// Form C20: 2(g - 1)(α1 + (n/g)β1) + 2(N - 1)(α2 + n/(gN)β2). Two links make the way inside a node, and two that
// between nodes, so each has half of the latency.
TEST(Hierarchical, TakesTheTimeOfItsClosedForm) {
  struct Case {
    std::uint32_t devices, nodes;
    double bytes;
    std::string inside, between;
    double expected;
  };
  const std::vector<Case> cases = {{8, 4, 1e9, R"({"bandwidth":"450 GB/s","latency":"500 ns"})",
                                    R"({"bandwidth":"50 GB/s","latency":"2.5 us"})", 0.00768288888888889},
                                   {2, 3, 1e6, R"({"bandwidth":"100 GB/s","latency":"500 ns"})",
                                    R"({"bandwidth":"10 GB/s","latency":"2.5 us"})", 9.866666666666666e-05},
                                   {3, 5, 1e7, R"({"bandwidth":"200 GB/s","latency":"1.5 us"})",
                                    R"({"bandwidth":"40 GB/s","latency":"10 us"})", 0.00037200000000000004}};
  for (const Case& each : cases) {
    const topology::Fleet fleet = cluster(each.nodes, each.devices, each.devices, each.inside, each.between);
    const CollectiveRequest request{.algorithm = "hierarchical", .bytes = Bytes(each.bytes)};
    for (const Engine& engine :
         {Engine{}, Engine{.network = "fluid"}, Engine{.network = "ports"},
          Engine{.network = "ports", .ports_hold_latency = false}, Engine{.fidelity = Fidelity::flow}}) {
      EXPECT_NEAR(seconds_on(fleet, request, engine) / each.expected, 1, 1e-9) << each.devices << engine.network;
    }
  }
}

// Form C21: as C20 with n/N in place of n/(gN) between the nodes, for all rails share the one NIC.
TEST(Hierarchical, SharesTheOneNicOfANode) {
  struct Case {
    std::uint32_t devices, nodes;
    double bytes;
    std::string inside, between;
    double expected;
  };
  const std::vector<Case> cases = {{8, 4, 1e9, R"({"bandwidth":"450 GB/s","latency":"500 ns"})",
                                    R"({"bandwidth":"50 GB/s","latency":"2.5 us"})", 0.03393288888888889},
                                   {2, 3, 1e6, R"({"bandwidth":"100 GB/s","latency":"500 ns"})",
                                    R"({"bandwidth":"10 GB/s","latency":"2.5 us"})", 0.0001653333333333333},
                                   {3, 5, 1e7, R"({"bandwidth":"200 GB/s","latency":"1.5 us"})",
                                    R"({"bandwidth":"40 GB/s","latency":"10 us"})", 0.0006386666666666667}};
  for (const Case& each : cases) {
    const topology::Fleet fleet = cluster(each.nodes, each.devices, 1, each.inside, each.between);
    const CollectiveRequest request{.algorithm = "hierarchical", .bytes = Bytes(each.bytes)};
    EXPECT_NEAR(seconds_on(fleet, request, {.network = "fluid"}) / each.expected, 1, 1e-9) << each.devices;
    EXPECT_NEAR(seconds_on(fleet, request, {.network = "fluid", .fidelity = Fidelity::flow}) / each.expected, 1, 1e-9);
  }
}

TEST(Hierarchical, SaysWhatItNeedsToKnow) {
  const CollectiveRequest request{.algorithm = "hierarchical", .bytes = Bytes(1e6)};
  const topology::Fleet flat = topology::topology_of("torus", R"("dimensions":[4,2])");
  EXPECT_THAT(testing::refusal_on(flat, request), HasSubstr("needs to know the nodes of ranks"));
  CollectiveRequest stated = request;
  stated.group_size = 3;
  EXPECT_THAT(testing::refusal_on(flat, stated), HasSubstr("8 ranks do not make whole groups of 3"));
}

TEST(RailRings, MoveTheRightDataForEveryGroupSize) {
  for (std::uint32_t members = 2; members <= 33; members += members < 17 ? 1 : 4) {
    for (std::uint32_t group = 1; group <= members; ++group) {
      if (members % group != 0) continue;
      for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}) {
        const CollectiveRequest request{.operation = operation,
                                        .algorithm = "rail_rings",
                                        .bytes = Bytes(4000),
                                        .channels = group % 3 + 1,
                                        .direction = Direction::alternating,
                                        .group_size = group};
        EXPECT_EQ(trace_data(*plan_for(request, members)).fault.value_or(""), "") << members << " by " << group;
      }
    }
  }
}

TEST(RailTrees, MoveTheRightDataForEveryGroupSize) {
  for (std::uint32_t members = 2; members <= 33; ++members) {
    for (std::uint32_t group = 1; group <= members; ++group) {
      if (members % group != 0) continue;
      const CollectiveRequest request{.algorithm = "rail_trees",
                                      .bytes = Bytes(4000),
                                      .segments = group % 4 + 1,
                                      .channels = group % 3 + 1,
                                      .group_size = group};
      EXPECT_EQ(trace_data(*plan_for(request, members)).fault.value_or(""), "") << members << " by " << group;
    }
  }
}

// Form C34: from four nodes on, a pair of trees needs at least twice the bytes of the busiest port.
TEST(RailTrees, UseAllNicsOfNodes) {
  const topology::Fleet fleet = topology::fleet_from(
      R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"}})");
  const CollectiveRequest request{.algorithm = "rail_trees", .bytes = Bytes(1e9), .segments = 32};
  const double time = seconds_on(fleet, request, {.network = "fluid"});
  const double least = 2 * 3. / 4 * 1e9 / 400e9;  // what has to leave every node
  EXPECT_GE(time, least);
  EXPECT_LT(time, 2 * least);
}

// A ring through the members in order leaves every node through one NIC, rings along rails through all of them.
TEST(RailRings, UseAllNicsOfNodes) {
  const topology::Fleet fleet = topology::fleet_from(
      R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"}})");
  const double least = 2 * 31. / 32 * 1e10 / 400e9;
  for (const Fidelity fidelity : {Fidelity::message, Fidelity::flow}) {
    const double rails = seconds_on(fleet, {.algorithm = "rail_rings", .bytes = Bytes(1e10)},
                                    {.network = "fluid", .fidelity = fidelity});
    const double ring =
        seconds_on(fleet, {.algorithm = "ring", .bytes = Bytes(1e10)}, {.network = "fluid", .fidelity = fidelity});
    EXPECT_GE(rails, least);
    EXPECT_LT(rails, 1.1 * least);
    EXPECT_GT(ring, 7 * rails);
  }
}

TEST(TwoLevelAllToAll, MovesTheRightDataForEveryGroupSize) {
  for (std::uint32_t members = 2; members <= 33; ++members) {
    for (std::uint32_t group = 1; group <= members; ++group) {
      if (members % group != 0) continue;
      const CollectiveRequest request{.operation = Operation::all_to_all,
                                      .algorithm = "two_level_all_to_all",
                                      .bytes = Bytes(4000),
                                      .group_size = group};
      const DataFlow flow = trace_data(*plan_for(request, members));
      EXPECT_EQ(flow.fault.value_or(""), "") << members << " by " << group;
      // Each sends (g - 1)/g of its buffer inside the node, and (N - 1)/N of it along its rail.
      const double nodes = double(members) / group;
      for (const Bytes sent : flow.sent) {
        EXPECT_NEAR(sent.si(), 4000 * ((group - 1.0) / group + (nodes - 1) / nodes), 1e-6);
      }
    }
  }
}

TEST(TwoLevelAllToAll, TakesOneRoundInsideNodesAndOneBetweenThem) {
  const topology::Fleet fleet =
      cluster(4, 8, 8, R"({"bandwidth":"100 GB/s","latency":"1 us"})", R"({"bandwidth":"10 GB/s","latency":"5 us"})");
  const CollectiveRequest request{
      .operation = Operation::all_to_all, .algorithm = "two_level_all_to_all", .bytes = Bytes(1e6)};
  const double inside = 2e-6 + 7. / 8 * 1e6 / 100e9;
  const double between = 10e-6 + 3. / 4 * 1e6 / 10e9;
  EXPECT_NEAR(seconds_on(fleet, request, {.network = "fluid"}) / (inside + between), 1, 1e-9);
}

}  // namespace
}  // namespace lockstep::workloads
