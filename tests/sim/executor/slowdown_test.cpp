#include <gtest/gtest.h>

#include "sim/isolated_simulation.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"

// Computation beside communication of the same rank.
namespace lockstep::sim {
namespace {

// 1 GB/s and 0.5 ms a link: a message of 1 MB between two devices takes 1 + 1 ms.
topology::Fleet switch_of(int devices) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                              R"(,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
}
constexpr double megabyte = 1e6;

Timeline run_slowed(const std::vector<Streams>& ranks, double slowdown,
                    const EngineOptions& options = {.network = "contention_free"}) {
  const auto fleet = switch_of(static_cast<int>(ranks.size()));
  Job job = job_on(fleet, program(ranks));
  job.communication_slowdown = slowdown;
  return simulate_isolated(fleet, {&job, 1}, options);
}

TEST(Slowdown, RetimesAnOperationInItsMiddleOnEveryNetwork) {
  for (const char* network : {"contention_free", "ports", "fluid"}) {
    // Sending from 4 to 7 ms leaves 1.5 ms to catch up with.
    const Timeline timeline =
        run_slowed({{{compute(0.010)}, {hold_until(0.004), send_to(1, 2 * megabyte)}}, {{receive_from(0)}}}, 2,
                   {.network = network});
    EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.0115) << network;
    EXPECT_DOUBLE_EQ(timeline.busy[0].si(), 0.0115) << network;
    EXPECT_EQ(timeline.events, 2U) << network;
  }
}

TEST(Slowdown, LastsAsLongAsWhatItIsBeside) {
  // 5 ms of work take until 10 ms; the message would go on until 21 ms.
  EXPECT_DOUBLE_EQ(run_slowed({{{compute(0.005), compute(0.001)}, {send_to(1, 20 * megabyte)}}, {{receive_from(0)}}}, 2)
                       .busy[0]
                       .si(),
                   0.012);
  // The speed of 2.5 is back for the second operation, which what was due before must not end.
  const Timeline timeline =
      run_slowed({{{compute(0.002), compute(0.050)}, {send_to(1, megabyte)}}, {{receive_from(0)}}}, 2.5);
  EXPECT_DOUBLE_EQ(timeline.busy[0].si(), 0.002 + 0.050 + 0.0012);
}

TEST(Slowdown, HoldsForWhatStartsBesideACommunication) {
  const Timeline timeline = run_slowed(
      {{{hold_until(0.001), compute(0.0005), compute(0.010)}, {send_to(1, 2 * megabyte)}}, {{receive_from(0)}}}, 2);
  // From 1 to 2 ms, then half a millisecond of work until 3 ms, then the other 9.5 ms.
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.0125);
}

TEST(Slowdown, CountsFromWhenTheRankTakesPartAndOnce) {
  const auto fleet = switch_of(2);
  const Job collective = collective_on(fleet, {.bytes = Bytes(megabyte)});
  workloads::ProgramBuilder builder(2);
  const auto call = builder.add_collective(collective.program->collective(0));
  for (std::uint32_t i = 0; i < 2; ++i) {
    const workloads::RankId rank(i);
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = call;
    op.member = rank;
    const auto beside = builder.add_stream(rank, "beside");
    if (i == 1) builder.add(rank, beside, hold_until(0.004));
    builder.add(rank, beside, op);
    builder.add(rank, builder.add_stream(rank, "compute"), compute(0.020));
    // While the collective is under way, too, and twice as slow all the same.
    const auto third = builder.add_stream(rank, "third");
    if (i == 0) builder.add(rank, third, send_to(1, 0));
    if (i == 1) builder.add(rank, third, receive_from(0));
  }
  Job job = job_on(fleet, builder.build());
  job.communication_slowdown = 2;
  const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"});
  // Two rounds of 1.5 ms that start with rank 1 at 4 ms. It was slowed for 1 ms before, by the message.
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.020 + 0.0035);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.020 + 0.0005 + 0.0015);
}

TEST(Slowdown, DoesNotCountListening) {
  workloads::ProgramBuilder builder(2);
  const workloads::RankId sender(0);
  const workloads::RankId receiver(1);
  const auto stream = builder.add_stream(sender, "sends");
  builder.add(sender, stream, hold_until(0.004));
  builder.add(sender, stream, send_to(1, megabyte));
  const auto ahead = builder.add_stream(receiver, "receives", workloads::StreamOrder::ahead);
  builder.add(receiver, ahead, receive_from(0));
  builder.add(receiver, builder.add_stream(receiver, "compute"), compute(0.010));
  const auto fleet = switch_of(2);
  Job job = job_on(fleet, builder.build());
  job.communication_slowdown = 2;
  for (const bool eager : {false, true}) {
    const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free", .eager = eager});
    EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.011);
  }
}

TEST(Slowdown, LeavesOtherRanksAndJobsAlone) {
  const auto fleet = switch_of(3);
  std::vector<Job> jobs = {job_on(fleet, program({{{compute(0.001)}, {send_to(1, megabyte)}},
                                                  {{compute(0.003)}, {receive_from(0)}},
                                                  {{compute(0.010)}}})),
                           {.program = program({{{compute(0.003)}, {send_to(1, 9 * megabyte)}}, {{receive_from(0)}}}),
                            .placement = {fleet.devices()[2], fleet.devices()[0]}}};
  jobs[0].communication_slowdown = 3;
  const Timeline timeline = simulate(fleet, jobs, {.network = "contention_free"});
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.001 + 0.002 * 2 / 3);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.003 + 0.002 * 2 / 3);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[2].si(), 0.010);
  EXPECT_DOUBLE_EQ(timeline.jobs[1].rank_end[0].si(), 0.013);
}

}  // namespace
}  // namespace lockstep::sim
