#include "sim/engines/ports_network.hpp"

#include <gtest/gtest.h>

#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

topology::Fleet switch_of(int devices) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                              R"(,"link":{"bandwidth":"1 GB/s","latency":"1 ms"}})");
}
constexpr double megabyte = 1e6;
const EngineOptions block{.network = "ports"};
const EngineOptions lat{.network = "ports", .ports = {.holds_latency = false}};

// Rank 0 sends to 1 and 2 at once.
const std::vector<Streams> two_sends = {
    {{send_to(1, megabyte)}, {send_to(2, megabyte)}}, {{receive_from(0)}}, {{receive_from(0)}}};

TEST(PortsNetwork, HoldsTheSendingPortForLatencyAndBytesOrForBytesAlone) {
  EXPECT_DOUBLE_EQ(run(switch_of(3), two_sends, block).end.si(), 2 * 0.003);
  EXPECT_DOUBLE_EQ(run(switch_of(3), two_sends, lat).end.si(), 0.003 + 0.001);
}

TEST(PortsNetwork, ReleasesTheSenderWhenItsPortIsFree) {
  const std::vector<Streams> one = {{{send_to(1, megabyte)}}, {{receive_from(0)}}};
  EXPECT_DOUBLE_EQ(run(switch_of(2), one, block).jobs[0].rank_end[0].si(), 0.003);
  const Timeline timeline = run(switch_of(2), one, lat);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.001);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.003);
}

TEST(PortsNetwork, ServesTheReceivingPortInTheOrderInWhichMessagesBecameReady) {
  const std::vector<Streams> incast = {
      {{receive_from(1)}, {receive_from(2)}}, {{hold_until(1e-4), send_to(0, megabyte)}}, {{send_to(0, megabyte)}}};
  const Timeline timeline = run(switch_of(3), incast, block);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[2].si(), 0.003);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.006);
  EXPECT_DOUBLE_EQ(run(switch_of(3), incast, lat).end.si(), 0.002 + 2 * 0.001);
}

TEST(PortsNetwork, SendsAndReceivesAtOnce) {
  const std::vector<Streams> both_ways = {{{send_to(1, megabyte)}, {receive_from(1)}},
                                          {{send_to(0, megabyte)}, {receive_from(0)}}};
  EXPECT_DOUBLE_EQ(run(switch_of(2), both_ways, block).end.si(), 0.003);
}

// LogGP (Alexandrov et al. 1995): one message 2o+L+(m-1)G, each further one (m-1)G+max(o,g) later.
TEST(PortsNetwork, FollowsLogGP) {
  EngineOptions loggp{.network = "ports"};
  loggp.ports.overhead = Seconds(1e-6);
  loggp.ports.gap = Seconds(3e-6);
  loggp.ports.gap_per_byte = Seconds(1e-9);
  const double one = 2 * 1e-6 + 2e-3 + 999 * 1e-9;
  EXPECT_DOUBLE_EQ(run(switch_of(2), {{{send_to(1, 1000)}}, {{receive_from(0)}}}, loggp).end.si(), one);
  const std::vector<Streams> three = {{{send_to(1, 1000)}, {send_to(2, 1000)}, {send_to(3, 1000)}},
                                      {{receive_from(0)}},
                                      {{receive_from(0)}},
                                      {{receive_from(0)}}};
  EXPECT_DOUBLE_EQ(run(switch_of(4), three, loggp).end.si(), one + 2 * (999 * 1e-9 + 3e-6));
}

}  // namespace
}  // namespace lockstep::sim
