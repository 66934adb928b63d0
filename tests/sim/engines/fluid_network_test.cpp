#include "sim/engines/fluid_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "sim/isolated_simulation.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::sim {
namespace {

using topology::Fleet;

constexpr double gigabyte = 1e9;
const EngineOptions fluid{.network = "fluid"};

// 1 GB/s and 1 ms each link.
Fleet switch_of(int devices) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                              R"(,"link":{"bandwidth":"1 GB/s","latency":"1 ms"}})");
}

Timeline simulated(const Fleet& fleet, const std::vector<Streams>& ranks, Job job = {}) {
  const Job base = job_on(fleet, program(ranks));
  job.program = base.program;
  job.placement = base.placement;
  return simulate_isolated(fleet, {&job, 1}, fluid);
}

std::vector<double> ends(const Timeline& timeline) {
  std::vector<double> all;
  all.reserve(timeline.jobs[0].rank_end.size());
  for (const Seconds end : timeline.jobs[0].rank_end) all.push_back(end.si());
  return all;
}

TEST(FluidNetwork, StartsAFlowAfterItsLatency) {
  EXPECT_NEAR(simulated(switch_of(2), {{{send_to(1, gigabyte)}}, {{receive_from(0)}}}).end.si(), 1.002, 1e-15);
}

TEST(FluidNetwork, CarriesMessagesOfAnySizeThatADeviceCanHold) {
  const double end = simulated(switch_of(2), {{{send_to(1, 1e14)}}, {{receive_from(0)}}}).end.si();
  EXPECT_NEAR(end, 1e5 + 2e-3, 1e-6);
  EXPECT_THROW(simulated(switch_of(2), {{{send_to(1, 1.1e14)}}, {{receive_from(0)}}}), InputError);
  EXPECT_NEAR(simulated(switch_of(2), {{{send_to(1, 0.25)}}, {{receive_from(0)}}}).end.si(), 2e-3 + 0.25e-9, 1e-17);
}

TEST(FluidNetwork, RefusesTimesBeyondAllMeasure) {
  const Fleet slow = topology::fleet_from(R"({"topology":"switch","devices":2,"link":{"bandwidth":"1e-5 B/s"}})");
  EXPECT_THROW(simulated(slow, {{{send_to(1, 9e13)}}, {{receive_from(0)}}}), SimulationError);
  EXPECT_THROW(simulated(switch_of(2), {{{hold_until(1e308), send_to(1, 1)}}, {{receive_from(0)}}}), SimulationError);
}

TEST(FluidNetwork, RefusesBandwidthsThatSimGridCannotShare) {
  for (const char* bandwidth : {"1e300 B/s", "1.1e18 B/s", "0.9e-6 B/s", "1e-300 B/s"}) {
    const Fleet fleet = topology::fleet_from(R"({"topology":"switch","devices":2,"link":{"bandwidth":")" +
                                             std::string(bandwidth) + "\"}}");
    EXPECT_THROW(simulated(fleet, {{{send_to(1, 1)}}, {{receive_from(0)}}}), InputError) << bandwidth;
  }
  for (const double bandwidth : {1e18, 1e-6}) {
    topology::FleetBuilder builder("at the limit");
    const auto from = builder.add_device("from");
    builder.add_link(from, builder.add_device("to"), {Bandwidth(bandwidth), Seconds(0)});
    const double end = simulated(builder.build(), {{{send_to(1, 8)}}, {{receive_from(0)}}}).end.si();
    EXPECT_NEAR(end, 8 / bandwidth, 1e-14 * (8 / bandwidth)) << bandwidth;
  }
}

TEST(FluidNetwork, SharesALinkEquallyFromTheMomentThatAFlowJoins) {
  // 1 sends for 0.5 s alone, then both share; 1 has half a GB left, which takes 1 s; 2 then goes on alone.
  const std::vector<Streams> ranks = {
      {{receive_from(1)}, {receive_from(2)}}, {{send_to(0, gigabyte)}}, {{hold_until(0.5), send_to(0, gigabyte)}}};
  const Timeline timeline = simulated(switch_of(3), ranks);
  EXPECT_THAT(ends(timeline), testing::ElementsAre(testing::DoubleNear(2.002, 1e-14), testing::DoubleNear(1.502, 1e-14),
                                                   testing::DoubleNear(2.002, 1e-14)));
}

TEST(FluidNetwork, GivesFlowsEqualPartsWhateverTheirLatencies) {
  topology::FleetBuilder builder("two distances");
  const auto near = builder.add_device("near");
  const auto far = builder.add_device("far");
  const auto end = builder.add_device("end");
  const auto hub = builder.add_switch("hub");
  builder.add_cable(near, hub, {Bandwidth(1e10), Seconds(1e-6)});
  builder.add_cable(far, hub, {Bandwidth(1e10), Seconds(0.25)});
  builder.add_cable(hub, end, {Bandwidth(1e9), Seconds(0)});
  const Timeline timeline = simulated(
      builder.build(), {{{send_to(2, gigabyte)}}, {{send_to(2, gigabyte)}}, {{receive_from(0)}, {receive_from(1)}}});
  EXPECT_NEAR(timeline.jobs[0].rank_end[0].si(), 1e-6 + 1 + (1 - 0.249999), 1e-12);
  EXPECT_NEAR(timeline.end.si(), 2 + 1e-6, 1e-12);
}

TEST(FluidNetwork, KeepsFractionsOfAByte) {
  const double bytes = 1.0 / 3;
  const Timeline timeline = simulated(
      topology::fleet_from(R"({"topology":"switch","devices":2,"link":{"bandwidth":"1 B/s","latency":"0 s"}})"),
      {{{send_to(1, bytes)}}, {{receive_from(0)}}});
  EXPECT_NEAR(timeline.end.si(), bytes, 1e-9 * bytes);
}

TEST(FluidNetwork, SendsWhatIsLargerThanSimGridCanCount) {
  const double bytes = 3e13;
  const Timeline timeline =
      simulated(switch_of(3), {{{send_to(2, bytes)}}, {{send_to(2, bytes)}}, {{receive_from(0)}, {receive_from(1)}}});
  EXPECT_NEAR(timeline.end.si(), 60000.002, 1e-7);
}

TEST(FluidNetwork, ChargesEmptyMessagesTheirLatency) {
  EXPECT_DOUBLE_EQ(simulated(switch_of(2), {{{send_to(1, 0)}}, {{receive_from(0)}}}).end.si(), 0.002);
}

TEST(FluidNetwork, DeliversToTheSameVertexAtOnce) {
  const Fleet fleet = switch_of(1);
  const Job both{.program = program({{{send_to(1, gigabyte)}}, {{receive_from(0)}}}),
                 .placement = {fleet.devices()[0], fleet.devices()[0]}};
  EXPECT_EQ(simulate_isolated(fleet, {&both, 1}, fluid).end, Seconds(0));
}

TEST(FluidNetwork, DelaysFlowsByOverheads) {
  Job slow;
  slow.message_overhead = Seconds(0.5);
  EXPECT_NEAR(simulated(switch_of(2), {{{send_to(1, gigabyte)}}, {{receive_from(0)}}}, slow).end.si(), 1.502, 1e-14);
}

TEST(FluidNetwork, ComputesBesideTransfers) {
  const Timeline timeline = simulated(
      switch_of(2), {{{compute(0.25), compute(0.5)}, {send_to(1, gigabyte)}}, {{receive_from(0), compute(0.125)}}});
  EXPECT_THAT(ends(timeline),
              testing::ElementsAre(testing::DoubleNear(1.002, 1e-14), testing::DoubleNear(1.127, 1e-14)));
  EXPECT_EQ(timeline.busy[0], Seconds(0.75));
}

// One channel is one SimGrid link, whichever links draw on it, and however often a route does.
TEST(FluidNetwork, LetsLinksOfOneChannelShareIt) {
  topology::FleetBuilder builder("half duplex");
  const auto a = builder.add_device("a");
  const auto b = builder.add_device("b");
  builder.add_half_duplex_cable(a, b, {Bandwidth(1e9), Seconds(0)});
  EXPECT_NEAR(simulated(builder.build(),
                        {{{send_to(1, gigabyte)}, {receive_from(1)}}, {{send_to(0, gigabyte)}, {receive_from(0)}}})
                  .end.si(),
              2, 1e-14);
}

// What a process of its own says of a simulation that it does itself.
std::string in_child(const ChildTask& task) {
  return run_in_children({&task, 1}, 1).front().bytes();
}

// "input error" or the like, and whatever was printed.
std::string outcome(const Fleet& fleet, const Job& job) {
  return in_child([&] {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    std::string result = "no error";
    try {
      simulate(fleet, {&job, 1}, fluid);
    } catch (const SimulationError&) {
      result = "simulation error";
    } catch (const InputError&) {
      result = "input error";
    }
    return result + testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  });
}

TEST(FluidNetwork, TellsOfADeadlockAndPrintsNothing) {
  const Fleet fleet = switch_of(2);
  EXPECT_EQ(outcome(fleet, job_on(fleet, program({{{receive_from(1)}}, {{receive_from(0)}}}))), "simulation error");
}

// Rank 1 cannot reach rank 2, which shows only when it tries, in the middle of the simulation.
TEST(FluidNetwork, LetsErrorsOutOfTheSimulation) {
  topology::FleetBuilder builder("apart");
  const auto a = builder.add_device("a");
  const auto b = builder.add_device("b");
  builder.add_device("c");
  builder.add_cable(a, b, {Bandwidth(1e9), Seconds(1e-3)});
  const Fleet fleet = builder.build();
  EXPECT_EQ(outcome(fleet, job_on(fleet, program({{{send_to(1, gigabyte)}, {send_to(1, 1e12, 1)}},
                                                  {{receive_from(0), send_to(2, 1)}, {receive_from(0, 1)}},
                                                  {{receive_from(1)}}}))),
            "input error");
}

TEST(FluidNetwork, LeavesSignalsToTheProgram) {
  const std::string kept = in_child([] {
    struct sigaction mine = {};
    mine.sa_handler = [](int) {};
    sigaction(SIGINT, &mine, nullptr);
    struct sigaction before = {};
    sigaction(SIGSEGV, nullptr, &before);
    run(switch_of(2), {{{send_to(1, 1)}}, {{receive_from(0)}}}, fluid);
    struct sigaction interrupt = {};
    struct sigaction fault = {};
    sigaction(SIGINT, nullptr, &interrupt);
    sigaction(SIGSEGV, nullptr, &fault);
    return std::string(interrupt.sa_handler == mine.sa_handler ? "interrupt " : "") +
           (fault.sa_sigaction == before.sa_sigaction ? "fault" : "");
  });
  EXPECT_EQ(kept, "interrupt fault");
}

TEST(FluidNetwork, IsRefusedTheSecondTimeInAProcess) {
  const std::string answer = in_child([] {
    const std::vector<Streams> nothing = {{}, {}};
    run(switch_of(2), nothing, fluid);
    try {
      run(switch_of(2), nothing, fluid);
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string();
  });
  EXPECT_EQ(answer, "a process can simulate on the network 'fluid' once");
}

bool has_loaded_simgrid() {
  std::ifstream maps("/proc/self/maps");
  std::ostringstream text;
  text << maps.rdbuf();
  return text.str().find("libsimgrid") != std::string::npos;
}

// The program does not depend on it; simulate() of other networks does not ask for it.
TEST(FluidNetwork, LoadsSimGridWhenItIsNeeded) {
  const bool before = has_loaded_simgrid();  // other tests of this program may have
  run(switch_of(2), {{}, {}}, {.network = "ports"});
  EXPECT_EQ(has_loaded_simgrid(), before);
  EXPECT_EQ(in_child([] {
              run(switch_of(2), {{}, {}}, fluid);
              return std::string(has_loaded_simgrid() ? "loaded" : "");
            }),
            "loaded");
}

}  // namespace
}  // namespace lockstep::sim
