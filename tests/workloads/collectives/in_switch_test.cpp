#include "workloads/collectives/in_switch.hpp"

#include <gmock/gmock.h>

#include "tests/workloads/collectives/simulated.hpp"

namespace lockstep::workloads {
namespace {

using ::testing::HasSubstr;
using testing::seconds_on;
using topology::topology_of;

CollectiveRequest in_switch(Operation operation, double bytes, std::uint32_t segments = 1,
                            Phases phases = Phases::overlapped) {
  return {
      .operation = operation, .algorithm = "in_switch", .bytes = Bytes(bytes), .segments = segments, .phases = phases};
}

topology::Fleet star(std::uint32_t devices, const std::string& bandwidth, const std::string& latency) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) + "," +
                              testing::link_text(bandwidth, latency) + "}");
}

TEST(InSwitch, MovesTheRightData) {
  for (std::uint32_t devices = 2; devices <= 33; ++devices) {
    const topology::Fleet fleet = star(devices, "50 GB/s", "1 us");
    for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}) {
      for (const Phases phases : {Phases::overlapped, Phases::sequential}) {
        const std::uint32_t segments = devices % 4 + 1;
        EXPECT_EQ(testing::fault_on(fleet, in_switch(operation, 1e6, segments, phases)), "") << devices;
      }
    }
  }
}

// Form C24: (1 + 1/p) n β when the phases overlap, 2 n β when they do not.
TEST(InSwitch, TakesTheTimeOfItsClosedFormAsFlows) {
  struct Case {
    std::uint32_t devices;
    double bytes;
    std::string bandwidth;
    double overlapped, sequential;
  };
  const std::vector<Case> cases = {{8, 1e9, "450 GB/s", 0.0025, 0.0044444444444444444},
                                   {2, 1e6, "100 GB/s", 1.5e-05, 2e-05},
                                   {6, 5e8, "450 GB/s", 0.0012962962962962965, 0.0022222222222222222}};
  for (const Case& each : cases) {
    const topology::Fleet fleet = star(each.devices, each.bandwidth, "0 s");
    for (const std::string network : {"fluid", "ports"}) {
      const testing::Engine engine{.network = network, .fidelity = Fidelity::flow};
      auto time = [&](Phases phases) {
        return seconds_on(fleet, in_switch(Operation::all_reduce, each.bytes, 1, phases), engine);
      };
      EXPECT_NEAR(time(Phases::overlapped) / each.overlapped, 1, 1e-9) << network;
      EXPECT_NEAR(time(Phases::sequential) / each.sequential, 1, 1e-9) << network;
    }
  }
}

TEST(InSwitch, TendsToItsFlowsFromAboveWithTheNumberOfSegments) {
  const topology::Fleet fleet = star(8, "450 GB/s", "0 s");
  for (const std::string network : {"fluid", "ports"}) {
    for (const Phases phases : {Phases::overlapped, Phases::sequential}) {
      auto time = [&](std::uint32_t segments, Fidelity fidelity) {
        return seconds_on(fleet, in_switch(Operation::all_reduce, 1e9, segments, phases),
                          {.network = network, .ports_hold_latency = false, .fidelity = fidelity});
      };
      const double limit = time(1, Fidelity::flow);
      double last = time(1, Fidelity::message);
      for (const std::uint32_t segments : {4U, 16U, 64U, 256U}) {
        const double now = time(segments, Fidelity::message);
        EXPECT_GE(now, limit * (1 - 1e-12)) << network << ' ' << to_text(phases) << ' ' << segments;
        EXPECT_LT(now, last) << network << ' ' << to_text(phases) << ' ' << segments;
        last = now;
      }
      EXPECT_LT(last, 1.01 * limit) << network << ' ' << to_text(phases);
    }
  }
}

TEST(InSwitch, PaysFourLatenciesForAnAllReduce) {
  const topology::Fleet fleet = star(4, "50 GB/s", "1 us");
  for (const Phases phases : {Phases::overlapped, Phases::sequential}) {
    const auto request = in_switch(Operation::all_reduce, 1, 1, phases);
    EXPECT_NEAR(seconds_on(fleet, request), 4e-6, 1e-9);
    EXPECT_NEAR(seconds_on(fleet, request, {.fidelity = Fidelity::flow}), 4e-6, 1e-9);
  }
}

TEST(InSwitch, RefusesRanksUnderSeveralSwitches) {
  EXPECT_THAT(testing::refusal_on(topology_of("tree", R"("devices":8,"radix":2)"), in_switch(Operation::all_reduce, 1)),
              HasSubstr("needs one switch that joins all ranks, and here they hang on 7 of them"));
}

TEST(Phases, AreReadByName) {
  EXPECT_EQ(phases_from("sequential", "workload.phases"), Phases::sequential);
  try {
    phases_from("serial", "workload.phases");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("overlapped"));
    EXPECT_THAT(error.what(), HasSubstr("sequential"));
  }
}

}  // namespace
}  // namespace lockstep::workloads
