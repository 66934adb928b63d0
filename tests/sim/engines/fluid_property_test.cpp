#include <gtest/gtest.h>

#include "base/random_stream.hpp"
#include "sim/isolated_simulation.hpp"
#include "tests/sim/engines/max_min.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/random_fleets.hpp"

namespace lockstep::sim {
namespace {

using topology::Fleet;
using topology::VertexId;

struct Message {
  VertexId from;
  VertexId to;
  double start;
  double bytes;
};

// Messages between vertices of any kind, some of them empty, on one vertex, of equal sizes, or at the same time.
std::vector<Message> random_messages(const Fleet& fleet, std::uint64_t seed) {
  RandomStream random(seed, "tests/random_messages");
  std::vector<Message> messages;
  const std::uint64_t wanted = 1 + random.below(40);
  for (std::uint64_t i = 0; i < wanted; ++i) {
    const VertexId from(random.below(fleet.vertices().size()));
    const VertexId to(random.below(fleet.vertices().size()));
    const double start = 1e-3 * double(random.below(4));
    const double bytes = random.below(3) == 0 ? 1e7 * double(random.below(3)) : 1e6 + 1e8 * random.uniform();
    std::vector<topology::LinkId> route;
    if (fleet.append_route(from, to, 0, route)) messages.push_back({from, to, start, bytes});
  }
  return messages;
}

// Each message is a job of its own, whose end tells its.
std::vector<Job> jobs_of(const std::vector<Message>& messages) {
  std::vector<Job> jobs;
  jobs.reserve(messages.size());
  for (const Message& message : messages) {
    jobs.push_back({.program = program({{{send_to(1, message.bytes)}}, {{receive_from(0)}}}),
                    .placement = {message.from, message.to},
                    .start = Seconds(message.start)});
  }
  return jobs;
}

std::vector<double> expected_ends(const Fleet& fleet, const std::vector<Message>& messages) {
  std::vector<FluidFlow> flows;
  flows.reserve(messages.size());
  for (const Message& message : messages) {
    const auto route = fleet.route(message.from, message.to);
    flows.push_back({message.start + fleet.route_latency(route).si(), route, message.bytes});
  }
  MaxMinSharing(fleet).run(flows);
  std::vector<double> ends;
  ends.reserve(flows.size());
  for (const FluidFlow& flow : flows) ends.push_back(flow.end);
  return ends;
}

struct Drawn {
  Fleet fleet;
  std::vector<Message> messages;
  std::vector<Job> jobs;
};

std::vector<Drawn> draw(std::uint64_t first_seed, std::uint64_t count) {
  std::vector<Drawn> drawn;
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    Fleet fleet = topology::random_fleet(seed);
    auto messages = random_messages(fleet, seed);
    auto jobs = jobs_of(messages);
    drawn.push_back({std::move(fleet), std::move(messages), std::move(jobs)});
  }
  return drawn;
}

std::vector<IsolatedResult> on_fluid(const std::vector<Drawn>& drawn) {
  std::vector<Simulation> simulations;
  simulations.reserve(drawn.size());
  for (const Drawn& one : drawn) simulations.push_back({.fleet = one.fleet, .jobs = one.jobs});
  return simulate_isolated(simulations, 2);
}

TEST(FluidNetwork, SharesAsProgressiveFillingDoes) {
  const std::vector<Drawn> drawn = draw(1, 150);
  const auto results = on_fluid(drawn);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const std::vector<double> expected = expected_ends(drawn[i].fleet, drawn[i].messages);
    const Timeline timeline = results[i].timeline();
    for (std::size_t m = 0; m < expected.size(); ++m) {
      EXPECT_NEAR(timeline.jobs[m].end.si(), expected[m], 1e-9 * expected[m]) << "fleet " << 1 + i << ", message " << m;
    }
  }
}

TEST(FluidNetwork, NeverDeliversBeforeAnUncontendedNetwork) {
  const std::vector<Drawn> drawn = draw(1001, 100);
  const auto results = on_fluid(drawn);
  std::size_t slowed = 0;
  std::size_t messages = 0;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const Timeline alone = simulate(drawn[i].fleet, drawn[i].jobs, {.network = "contention_free"});
    const Timeline timeline = results[i].timeline();
    for (std::size_t m = 0; m < drawn[i].jobs.size(); ++m) {
      EXPECT_GE(timeline.jobs[m].end.si(), alone.jobs[m].end.si() * (1 - 1e-12));
      slowed += timeline.jobs[m].end > 1.01 * alone.jobs[m].end;
      ++messages;
    }
  }
  EXPECT_GT(slowed, messages / 5) << "the draws hardly contend";
}

}  // namespace
}  // namespace lockstep::sim
