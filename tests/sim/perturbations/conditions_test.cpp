// What is under way when a speed changes ends exactly when it must, in every network.
#include <gtest/gtest.h>

#include <limits>

#include "sim/isolated_simulation.hpp"
#include "tests/sim/programs.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::sim {
namespace {

using topology::Fleet;
using topology::VertexId;

constexpr Seconds forever(std::numeric_limits<double>::infinity());

// Two devices and one cable: 1 GB/s and 1 ms.
Fleet two_devices() {
  topology::FleetBuilder builder("two");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  builder.add_cable(a, b, {.bandwidth = Bandwidth(1e9), .latency = Seconds(1e-3)});
  return builder.build();
}

class ConditionsOn : public testing::TestWithParam<std::string> {
 protected:
  Seconds time_of(const std::vector<Streams>& ranks) {
    const Job job = job_on(fleet_, program(ranks));
    return simulate(fleet_, std::span(&job, 1), {.network = GetParam()}, nullptr, &conditions_).end;
  }
  void disturb_link(const ProfilePointer& profile) {
    conditions_.disturb_channel(fleet_.link(fleet_.route(a(), b()).front()).channel, profile);
  }
  VertexId a() const { return fleet_.devices()[0]; }
  VertexId b() const { return fleet_.devices()[1]; }

  Fleet fleet_ = two_devices();
  Conditions conditions_{fleet_};
};

TEST_P(ConditionsOn, AComputationSlowsDownHalfwayThrough) {
  conditions_.disturb_device(a(), slow_within(0.5, {Seconds(2), forever}));
  EXPECT_DOUBLE_EQ(time_of({{{compute(4)}}, {{compute(5)}}}).si(), 6);
}

TEST_P(ConditionsOn, AComputationStandsStillAndGoesOn) {
  conditions_.disturb_device(a(), slow_within(0, {Seconds(1), Seconds(3)}));
  EXPECT_DOUBLE_EQ(time_of({{{compute(4)}}, {}}).si(), 6);
}

TEST_P(ConditionsOn, SlowdownsMultiply) {
  conditions_.disturb_device(a(), slow_within(0.5, {Seconds(0), Seconds(4)}));
  conditions_.disturb_device(a(), slow_within(0.5, {Seconds(2), forever}));
  // 1 until 2 s, 0.5 more until 4 s, the rest at half speed.
  EXPECT_DOUBLE_EQ(time_of({{{compute(4)}}, {}}).si(), 9);
}

TEST_P(ConditionsOn, AMessageSlowsDownHalfwayThrough) {
  disturb_link(slow_within(0.25, {Seconds(0.501), forever}));
  // Half of it passes until then, the rest at a quarter.
  EXPECT_NEAR(time_of({{{send_to(1, 1e9)}}, {{receive_from(0)}}}).si(), 0.001 + 0.5 + 2, 1e-12);
}

TEST_P(ConditionsOn, ALinkThatFlapsHoldsMessagesUp) {
  disturb_link(slow_again(0, {Seconds(0.2), Seconds(0.3)}, Seconds(1)));
  // 0.199 s of it pass before the first break, 0.9 s after each of the first two, and 1 ms is left for the third.
  EXPECT_NEAR(time_of({{{send_to(1, 2e9)}}, {{receive_from(0)}}}).si(), 0.001 + 2 + 0.3, 1e-12);
}

TEST_P(ConditionsOn, AMessageThatStartsOverASlowLinkSpeedsUpWithIt) {
  disturb_link(slow_within(0, {Seconds(0), Seconds(0.5)}));
  EXPECT_NEAR(time_of({{{send_to(1, 1e9)}}, {{receive_from(0)}}}).si(), 0.5 + 1, 1e-12);
}

TEST_P(ConditionsOn, TheOtherDirectionIsNotConcerned) {
  disturb_link(slow_within(0.25, {Seconds(0), forever}));
  EXPECT_NEAR(time_of({{{receive_from(1)}}, {{send_to(0, 1e9)}}}).si(), 1.001, 1e-12);
}

TEST_P(ConditionsOn, ARunEndsThoughSpeedsGoOnChanging) {
  const ProfilePointer profile = slow_again(0.5, {Seconds(0), Seconds(1)}, Seconds(2));
  conditions_.disturb_device(a(), profile);
  disturb_link(profile);
  // Computed at 1.5 s; 0.499 s of the message pass until 2 s, 0.5 s until 3 s, and 1 ms is left.
  EXPECT_NEAR(time_of({{{compute(1), send_to(1, 1e9)}}, {{receive_from(0)}}}).si(), 3.001, 1e-12);
}

TEST_P(ConditionsOn, WhatNeverGoesOnIsSaid) {
  conditions_.disturb_device(a(), slow_within(0, {Seconds(1), forever}));
  EXPECT_THROW(time_of({{{compute(4)}}, {}}), SimulationError);
}

TEST_P(ConditionsOn, ALinkThatStaysDownIsSaid) {
  disturb_link(slow_within(0, {Seconds(0.1), forever}));
  EXPECT_THROW(time_of({{{send_to(1, 1e9)}}, {{receive_from(0)}}}), SimulationError);
}

INSTANTIATE_TEST_SUITE_P(EveryNetwork, ConditionsOn, testing::Values("contention_free", "ports", "fluid"),
                         [](const auto& network) { return network.param; });

}  // namespace
}  // namespace lockstep::sim
