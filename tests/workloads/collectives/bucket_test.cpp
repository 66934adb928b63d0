#include "workloads/collectives/bucket.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/workloads/collectives/listed_plan.hpp"
#include "tests/workloads/collectives/simulated.hpp"

namespace lockstep::workloads {
namespace {

using testing::Engine;
using ::testing::HasSubstr;
using testing::plan_for;
using testing::seconds_on;

topology::Fleet torus(const std::string& dimensions, const std::string& bandwidth, const std::string& latency) {
  return topology::fleet_from(R"({"topology":"torus","dimensions":)" + dimensions + "," +
                              testing::link_text(bandwidth, latency) + "}");
}

const std::vector<std::vector<std::uint32_t>> grids = {{2},       {33},      {2, 2},       {4, 3},       {1, 5, 2},
                                                       {3, 3, 3}, {2, 1, 7}, {2, 2, 2, 2}, {5, 1, 1, 6}, {32, 1}};

TEST(Bucket, MovesTheRightDataOnEveryGrid) {
  for (const std::string algorithm : {"bucket", "bucket_all_ports"}) {
    for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}) {
      for (const auto& dimensions : grids) {
        for (const auto& element : {std::optional<Bytes>(), std::optional<Bytes>(Bytes(4))}) {
          std::uint32_t members = 1;
          for (const std::uint32_t side : dimensions) members *= side;
          const CollectiveRequest request{.operation = operation,
                                          .algorithm = algorithm,
                                          .bytes = Bytes(4004),
                                          .element = element,
                                          .dimensions = dimensions};
          EXPECT_EQ(trace_data(*plan_for(request, members)).fault.value_or(""), "")
              << algorithm << ' ' << to_text(operation) << " on " << ::testing::PrintToString(dimensions);
        }
      }
    }
  }
}

TEST(Bucket, MovesTheRightDataOverChannelsThatTurnBothWays) {
  const CollectiveRequest request{.algorithm = "bucket",
                                  .bytes = Bytes(4004),
                                  .channels = 4,
                                  .direction = Direction::alternating,
                                  .dimensions = {4, 3}};
  EXPECT_EQ(trace_data(*plan_for(request, 12)).fault.value_or(""), "");
}

TEST(Bucket, SendsEachRanksShareOfTheBytes) {
  for (const std::string algorithm : {"bucket", "bucket_all_ports"}) {
    const CollectiveRequest request{.algorithm = algorithm, .bytes = Bytes(1e6), .dimensions = {4, 3, 2}};
    for (const Bytes sent : trace_data(*plan_for(request, 24)).sent) EXPECT_NEAR(sent.si(), 2 * 23. / 24 * 1e6, 1e-3);
  }
}

// Form C18: 2 Σ(d_i - 1) α + 2 (p - 1)/p n β, whatever holds the ports.
TEST(Bucket, TakesTheTimeOfItsClosedForm) {
  struct Case {
    std::string dimensions, bandwidth, latency;
    double bytes, expected;
  };
  const std::vector<Case> cases = {{"[4,4]", "50 GB/s", "5 us", 1e9, 0.037559999999999996},
                                   {"[3,3,3]", "10 GB/s", "2 us", 1e6, 0.0002165925925925926},
                                   {"[5,3]", "10 GB/s", "5 us", 1e5, 7.866666666666668e-05}};
  for (const Case& each : cases) {
    const topology::Fleet fleet = torus(each.dimensions, each.bandwidth, each.latency);
    const CollectiveRequest request{.algorithm = "bucket", .bytes = Bytes(each.bytes)};
    for (const Engine& engine : {Engine{}, Engine{.network = "fluid"}, Engine{.network = "ports"},
                                 Engine{.network = "ports", .ports_hold_latency = false},
                                 Engine{.network = "ports", .fidelity = Fidelity::flow}}) {
      EXPECT_NEAR(seconds_on(fleet, request, engine) / each.expected, 1, 1e-9) << each.dimensions << engine.network;
    }
  }
}

// Form C19, where every direction of every dimension is a port of its own: 2d(A - 1)α + 2 (p - 1)/p n β / (2d).
TEST(BucketAllPorts, TakesTheTimeOfItsClosedForm) {
  struct Case {
    std::string dimensions, bandwidth, latency;
    double bytes, expected;
  };
  const std::vector<Case> cases = {{"[4,4]", "50 GB/s", "5 us", 1e9, 0.009434999999999999},
                                   {"[2,2]", "10 GB/s", "2 us", 1e6, 4.5499999999999995e-05},
                                   {"[2,2,2]", "10 GB/s", "5 us", 1e5, 3.291666666666667e-05}};
  for (const Case& each : cases) {
    const topology::Fleet fleet = torus(each.dimensions, each.bandwidth, each.latency);
    const CollectiveRequest request{.algorithm = "bucket_all_ports", .bytes = Bytes(each.bytes)};
    EXPECT_NEAR(seconds_on(fleet, request) / each.expected, 1, 1e-9) << each.dimensions;
    EXPECT_NEAR(seconds_on(fleet, request, {.fidelity = Fidelity::flow}) / each.expected, 1, 1e-9);
    // On a side of length 2 both directions go over one cable.
    const double shared = each.dimensions == "[4,4]" ? 1 : 2;
    const double in_fluid = seconds_on(fleet, request, {.network = "fluid"});
    EXPECT_GE(in_fluid / each.expected, 1 - 1e-9);
    EXPECT_LE(in_fluid / each.expected, shared + 1e-9);
  }
}

TEST(Bucket, SaysWhatItNeedsToKnow) {
  const CollectiveRequest request{.algorithm = "bucket", .bytes = Bytes(1e6), .where = "workload"};
  EXPECT_THAT(testing::refusal_on(topology::topology_of("switch", R"("devices":8)"), request),
              HasSubstr("needs to know the grid that the ranks stand on, and the fleet is neither a torus nor a mesh"));
  const topology::Fleet fleet = topology::topology_of("torus", R"("dimensions":[4,2])");
  const std::vector<topology::VertexId> some = {fleet.devices()[0], fleet.devices()[1]};
  EXPECT_THROW(plan_collective(request, {fleet, some}, Fidelity::message), InputError);
  CollectiveRequest stated = request;
  stated.dimensions = {3, 3};
  EXPECT_THAT(testing::refusal_on(fleet, stated), HasSubstr("a grid of 3x3 does not hold exactly 8 ranks"));
  stated.dimensions = {2, 4};
  EXPECT_EQ(testing::refusal_on(fleet, stated), "accepted");
  stated.segments = 2;
  EXPECT_THAT(testing::refusal_on(fleet, stated), HasSubstr("leave \"segments\" out"));
}

TEST(Bucket, GoesRoundMeshesToo) {
  const topology::Fleet fleet = topology::topology_of("mesh", R"("dimensions":[4,3])");
  EXPECT_EQ(testing::fault_on(fleet, {.algorithm = "bucket", .bytes = Bytes(1200)}), "");
}

}  // namespace
}  // namespace lockstep::workloads
