#include "sim/isolated_simulation.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

const topology::Fleet& switch_of_three() {
  static const topology::Fleet fleet = topology::topology_of("switch", R"("devices":3)");
  return fleet;
}

// Rank 0 computes for a third of a second, and sends.
Job sending(double bytes) {
  return job_on(switch_of_three(), program({{{compute(1.0 / 3), send_to(1, bytes)}}, {{receive_from(0)}}}));
}

void expect_same(const Timeline& one, const Timeline& other) {
  EXPECT_EQ(one.end, other.end);
  EXPECT_EQ(one.events, other.events);
  EXPECT_EQ(one.message_bytes, other.message_bytes);
  EXPECT_EQ(one.link_bytes, other.link_bytes);
  EXPECT_EQ(one.busy, other.busy);
  ASSERT_EQ(one.jobs.size(), other.jobs.size());
  for (std::size_t job = 0; job < one.jobs.size(); ++job) {
    EXPECT_EQ(one.jobs[job].start, other.jobs[job].start);
    EXPECT_EQ(one.jobs[job].end, other.jobs[job].end);
    EXPECT_EQ(one.jobs[job].rank_end, other.jobs[job].rank_end);
  }
}

TEST(IsolatedSimulation, TellsTheVerySameTimeline) {
  std::vector<Job> jobs = {sending(1e6), sending(1e7)};
  jobs[1].start = Seconds(0.1);
  const EngineOptions options{.network = "ports"};
  const Timeline timeline = simulate_isolated(switch_of_three(), jobs, options);
  EXPECT_GT(timeline.end, Seconds(0.4));
  expect_same(timeline, simulate(switch_of_three(), jobs, options));
}

TEST(IsolatedSimulation, RunsManyOnFluid) {
  std::vector<Job> jobs;
  for (int i = 1; i <= 6; ++i) jobs.push_back(sending(1e6 * i));
  std::vector<Simulation> simulations;
  simulations.reserve(jobs.size());
  for (const Job& job : jobs) simulations.push_back({.fleet = switch_of_three(), .jobs = {&job, 1}});
  const auto results = simulate_isolated(simulations, 2);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const double expected = 1.0 / 3 + 2e-6 + 1e6 * double(i + 1) / 50e9;
    EXPECT_NEAR(results[i].timeline().end.si(), expected, 1e-12);
  }
}

TEST(IsolatedSimulation, BringsErrorsBack) {
  const Job stuck = job_on(switch_of_three(), program({{{receive_from(1)}}, {}}));
  EXPECT_THROW(simulate_isolated(switch_of_three(), {&stuck, 1}, {.network = "fluid"}), SimulationError);
  const Job job = sending(1);
  EXPECT_THROW(simulate_isolated(switch_of_three(), {&job, 1}, {.network = "flood"}), InputError);
}

}  // namespace
}  // namespace lockstep::sim
