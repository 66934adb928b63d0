// Once a run has the room that it needs it allocates nothing more, however long it goes on: all memory that this
// program asks for is counted.
#include <gtest/gtest.h>

#include "sim/simulate.hpp"
#include "tests/sim/executor/counted_allocations.hpp"
#include "topology/fleet_spec.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/listed_program.hpp"

namespace lockstep::sim {
namespace {

using workloads::RankId;

// Every rank computes and takes part in an all-reduce, so many times.
Job steps_on(const topology::Fleet& fleet, std::uint32_t steps) {
  const std::vector<topology::VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  const auto ranks = static_cast<std::uint32_t>(devices.size());
  workloads::ProgramBuilder builder(ranks);
  std::vector<RankId> members;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) members.emplace_back(rank);
  const auto all = std::make_shared<const std::vector<RankId>>(members);
  const auto plan = workloads::plan_collective({.bytes = Bytes(1e6)}, {fleet, devices}, workloads::Fidelity::message);
  for (const RankId rank : members) builder.add_stream(rank, "step");
  for (std::uint32_t step = 0; step < steps; ++step) {
    workloads::Op compute;
    compute.kind = workloads::OpKind::compute;
    compute.work.nominal = Seconds(1e-3);
    workloads::Op reduce;
    reduce.kind = workloads::OpKind::collective;
    reduce.collective = builder.add_collective({plan, all});
    for (const RankId rank : members) {
      builder.add(rank, workloads::StreamId(0), compute);
      reduce.member = rank;
      builder.add(rank, workloads::StreamId(0), reduce);
    }
  }
  return {.program = builder.build(), .placement = devices};
}

struct Counts {
  std::uint64_t events;
  std::uint64_t allocations;
};

Counts run_steps(const char* network, std::uint32_t steps) {
  const Catalog catalog = Catalog::bundled();
  const topology::Fleet fleet = topology::load_fleet(
      R"({"topology": "switch", "devices": 8, "link": {"bandwidth": "50 GB/s", "latency": "2 us"}})", "",
      {.catalog = catalog});
  const Job job = steps_on(fleet, steps);
  const std::uint64_t before = allocations();
  const Timeline timeline = simulate(fleet, {&job, 1}, {.network = network});
  return {timeline.events, allocations() - before};
}

class TimerNetworks : public testing::TestWithParam<const char*> {};

TEST_P(TimerNetworks, AllocateNothingForFurtherSteps) {
  const Counts few = run_steps(GetParam(), 5);
  const Counts many = run_steps(GetParam(), 50);
  EXPECT_EQ(many.events, 10 * few.events);
  EXPECT_GT(few.allocations, 0);
  EXPECT_EQ(many.allocations, few.allocations);
}

INSTANTIATE_TEST_SUITE_P(All, TimerNetworks, testing::Values("contention_free", "ports"));

}  // namespace
}  // namespace lockstep::sim
