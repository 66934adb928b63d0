#include "workloads/collectives/auto_choice.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/workloads/collectives/simulated.hpp"

namespace lockstep::workloads {
namespace {

using ::testing::HasSubstr;
using topology::topology_of;

topology::Fleet cluster(const std::string& node, int nodes) {
  return topology::fleet_from(R"({"node":")" + node + R"(","nodes":)" + std::to_string(nodes) +
                              R"(,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"}})");
}

AutoChoice choice_on(const topology::Fleet& fleet, const CollectiveRequest& request) {
  const std::vector<topology::VertexId> members = testing::all_devices(fleet);
  return choose_algorithm(request, {fleet, members});
}

CollectiveRequest automatic(Operation operation, double bytes) {
  return {.operation = operation, .algorithm = "auto", .bytes = Bytes(bytes), .where = "workload"};
}

std::string chosen(const topology::Fleet& fleet, double bytes, Operation operation = Operation::all_reduce) {
  const AutoChoice choice = choice_on(fleet, automatic(operation, bytes));
  return choice.request.algorithm + (choice.protocol.empty() ? "" : " " + choice.protocol);
}

TEST(AutoChoice, TakesTheFastestOfAllCandidates) {
  for (const int nodes : {1, 2, 8}) {
    for (int power = 1; power <= 12; ++power) {
      const double bytes = std::pow(8, power);
      const AutoChoice choice = choice_on(cluster("DGX_H100", nodes), automatic(Operation::all_reduce, bytes));
      EXPECT_EQ(choice.candidates.size(), nodes == 1 ? 7 : 6);
      const auto& best = *std::ranges::min_element(choice.candidates, {}, &nccl::ExpectedTime::time);
      EXPECT_EQ(choice.request.algorithm, best.algorithm);
      EXPECT_EQ(choice.protocol, best.protocol);
    }
  }
}

TEST(AutoChoice, GoesFromLatencyToBandwidthAsDataGrows) {
  const topology::Fleet one = cluster("DGX_H100", 1);
  EXPECT_EQ(chosen(one, 1024), "ring LL");
  EXPECT_EQ(chosen(one, 1e9), "in_switch Simple");
  const topology::Fleet ampere = cluster("DGX_A100", 1);
  EXPECT_EQ(chosen(ampere, 1024), "ring LL");
  EXPECT_EQ(chosen(ampere, 8e6), "ring LL128");
  EXPECT_EQ(chosen(ampere, 1e9), "ring Simple");
  const topology::Fleet many = cluster("DGX_H100", 16);
  EXPECT_EQ(chosen(many, 1024), "rail_trees LL");
  EXPECT_EQ(chosen(many, 16e6), "rail_trees LL128");
  EXPECT_EQ(chosen(many, 64e9), "rail_rings Simple");
  EXPECT_EQ(chosen(many, 16e9, Operation::all_gather), "rail_rings Simple");
  EXPECT_EQ(chosen(many, 1e9, Operation::broadcast), "chain Simple");
}

TEST(AutoChoice, SaysWhatItWentBy) {
  EXPECT_EQ(choice_on(cluster("DGX_H100", 4), automatic(Operation::all_reduce, 1e6)).reason,
            "NCCL's cost model for 32 ranks in 4 nodes, Hopper, 370.8 GB/s inside nodes, 400 GB/s between them");
  EXPECT_EQ(choice_on(topology_of("ring", R"("devices":4)"), automatic(Operation::all_reduce, 1e6)).reason,
            "NCCL's cost model for 4 ranks in 4 nodes, assumed Hopper, 50 GB/s between them");
}

TEST(AutoChoice, CountsASharedNicOnce) {
  const topology::Fleet fleet = topology::fleet_from(
      R"({"node":{"devices":4,"interconnect":"switch","link":{"bandwidth":"300 GB/s","latency":"1 us"},"nics":1,)"
      R"("nic_link":{"bandwidth":"64 GB/s","latency":"0 s"}},"nodes":4,)"
      R"("fabric":{"topology":"rail_optimized","link":{"bandwidth":"25 GB/s","latency":"1 us"}}})");
  const std::vector<topology::VertexId> members = testing::all_devices(fleet);
  const nccl::Machine machine = describe_machine({fleet, members});
  EXPECT_EQ(machine.nodes, 4);
  EXPECT_DOUBLE_EQ(machine.bandwidth_between.si(), 25e9);
}

TEST(AutoChoice, FollowsMpichInAllToAll) {
  const topology::Fleet fleet = topology_of("switch", R"("devices":16)");
  EXPECT_EQ(chosen(fleet, 16 * 256, Operation::all_to_all), "bruck");
  EXPECT_EQ(chosen(fleet, 16 * 257, Operation::all_to_all), "direct");
  EXPECT_EQ(chosen(fleet, 16 * 32768, Operation::all_to_all), "direct");
  EXPECT_EQ(chosen(fleet, 16 * 32769, Operation::all_to_all), "pairwise");
  EXPECT_EQ(chosen(topology_of("switch", R"("devices":4)"), 64, Operation::all_to_all), "direct");
  // Forms C17, C16 and C15.
  const auto times = choice_on(fleet, automatic(Operation::all_to_all, 1.6e6)).candidates;
  ASSERT_EQ(times.size(), 3);
  EXPECT_NEAR(times[0].time.si(), 4 * 2e-6 + 32 * 1e5 / 50e9, 1e-12);
  EXPECT_NEAR(times[1].time.si(), 2e-6 + 15 * 1e5 / 50e9, 1e-12);
  EXPECT_NEAR(times[2].time.si(), 15 * (2e-6 + 1e5 / 50e9), 1e-12);
}

TEST(AutoChoice, PlansEveryOperation) {
  const topology::Fleet fleet = cluster("DGX_H100", 2);
  for (const Operation operation :
       {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather, Operation::broadcast,
        Operation::reduce, Operation::gather, Operation::scatter, Operation::all_to_all, Operation::barrier}) {
    for (const double bytes : {1e3, 1e8}) {
      EXPECT_EQ(testing::fault_on(fleet, automatic(operation, bytes)), "") << to_text(operation);
    }
  }
  EXPECT_EQ(testing::fault_on(cluster("DGX_H100", 1), automatic(Operation::all_reduce, 1e9)), "");
}

TEST(AutoChoice, CutsDataIntoNcclsChunks) {
  const topology::Fleet fleet = cluster("DGX_H100", 1);
  EXPECT_EQ(choice_on(fleet, automatic(Operation::all_reduce, 4 << 20)).request.segments, 8);
  EXPECT_EQ(choice_on(fleet, automatic(Operation::all_reduce, 1e10)).request.segments, 64);
  CollectiveRequest stated = automatic(Operation::all_reduce, 1e10);
  stated.segments = 3;
  EXPECT_EQ(choice_on(fleet, stated).request.segments, 3);
}

TEST(AutoChoice, LeavesOutWhatDoesNotUnderstandTheRequest) {
  const topology::Fleet fleet = cluster("DGX_H100", 1);
  CollectiveRequest backward = automatic(Operation::all_reduce, 1e9);
  backward.direction = Direction::backward;
  EXPECT_EQ(choice_on(fleet, backward).request.algorithm, "ring");
  CollectiveRequest impossible = automatic(Operation::all_reduce, 1e9);
  impossible.direction = Direction::backward;
  impossible.phases = Phases::sequential;
  EXPECT_THAT(testing::refusal_on(fleet, impossible), HasSubstr("no algorithm that 'auto' chooses from understands"));
}

}  // namespace
}  // namespace lockstep::workloads
