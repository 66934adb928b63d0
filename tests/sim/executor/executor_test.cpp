#include "sim/executor/executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"
#include "workloads/collectives/algorithms.hpp"

namespace lockstep::sim {
namespace {

// 1 GB/s and 1 ms a link: a message of 1 MB between two devices of a switch takes 2 + 1 ms.
topology::Fleet switch_of(int devices) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                              R"(,"link":{"bandwidth":"1 GB/s","latency":"1 ms"},"device":{"compute":"1 TFLOP/s",)"
                              R"("memory":"80 GiB","memory_bandwidth":"1 TB/s"}})");
}
constexpr double megabyte = 1e6;

TEST(Executor, StartsAMessageWhenBothEndsAreReady) {
  const auto fleet = switch_of(2);
  EXPECT_DOUBLE_EQ(run(fleet, {{{hold_until(0.01), send_to(1, megabyte)}}, {{receive_from(0)}}}).end.si(), 0.013);
  EXPECT_DOUBLE_EQ(run(fleet, {{{send_to(1, megabyte)}}, {{hold_until(0.01), receive_from(0)}}}).end.si(), 0.013);
}

TEST(Executor, StartsAnEagerMessageWithItsSend) {
  const EngineOptions eager{.network = "contention_free", .eager = true};
  const auto fleet = switch_of(2);
  const Timeline late = run(fleet, {{{send_to(1, megabyte)}}, {{hold_until(0.01), receive_from(0)}}}, eager);
  EXPECT_DOUBLE_EQ(late.jobs[0].rank_end[0].si(), 0.003);
  EXPECT_DOUBLE_EQ(late.jobs[0].rank_end[1].si(), 0.01);
  const Timeline early = run(fleet, {{{send_to(1, megabyte)}}, {{hold_until(0.001), receive_from(0)}}}, eager);
  EXPECT_DOUBLE_EQ(early.end.si(), 0.003);
}

TEST(Executor, MatchesMessagesOfOneTagInOrderAndKeepsTagsApart) {
  // The big message is sent first; the receiver of tag 7 need not wait for it.
  const Timeline timeline =
      run(switch_of(2), {{{send_to(1, 9 * megabyte)}, {send_to(1, megabyte, 7)}},
                         {{receive_from(0), compute(0.1)}, {receive_from(0, 7), compute(0.001)}}});
  EXPECT_DOUBLE_EQ(timeline.end.si(), 0.111);
  EXPECT_DOUBLE_EQ(timeline.busy[0].si(), 0);
  EXPECT_DOUBLE_EQ(timeline.busy[1].si(), 0.101);
}

TEST(Executor, RunsStreamsInOrderAndBesideEachOther) {
  const Timeline timeline = run(switch_of(1), {{{hold_until(0.002), hold_until(0.001)}, {hold_until(0.005)}}});
  EXPECT_DOUBLE_EQ(timeline.end.si(), 0.005);
}

TEST(Executor, WaitsForOperationsOfOtherStreams) {
  const Timeline timeline =
      run(switch_of(1), {{{after(hold_until(0), 1, 1), compute(0.001)}, {compute(0.01), compute(0.01)}}});
  EXPECT_DOUBLE_EQ(timeline.end.si(), 0.021);
}

workloads::Op after_stream(workloads::Op op, std::uint32_t rank, std::uint32_t stream, std::uint64_t position) {
  op.waits.push_back({workloads::StreamId(stream), position, workloads::RankId(rank)});
  return op;
}

workloads::Op after_rank(workloads::Op op, std::uint32_t rank, std::uint64_t position, double delay = 0) {
  op.waits.push_back({workloads::StreamId(0), position, workloads::RankId(rank), Seconds(delay)});
  return op;
}

// 0.1 + 0.2 is more than 0.3 by rounding: stream 1 begins, and stands back for what comes at the same time.
TEST(Executor, ComputesWhatIsReadyAtOneTimeInTheOrderOfStreams) {
  const Streams two = {{after_rank(compute(1), 1, 1)}, {hold_until(0.3), compute(2)}};
  const Streams clock = {{compute(0.1), compute(0.2)}};
  const Timeline timeline = run(switch_of(3), {two, clock, {{after_rank(hold_until(0), 0, 0)}}});
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[2].si(), 1.3);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 3.3);
  EXPECT_DOUBLE_EQ(timeline.busy[0].si(), 3);
}

// A day has passed before, and four microseconds are not the same time.
TEST(Executor, TellsTimesApartInJobsThatBeginLate) {
  const auto fleet = switch_of(2);
  Job job = job_on(
      fleet, program({{{hold_until(4e-6), compute(1e-3)}, {compute(2e-3)}}, {{after_rank(hold_until(0), 0, 1)}}}));
  job.start = Seconds(1e5);
  const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"});
  EXPECT_NEAR(timeline.jobs[0].rank_end[0].si(), 1e5 + 3e-3, 1e-9);
  EXPECT_NEAR(timeline.jobs[0].rank_end[1].si(), 1e5 + 3e-3, 1e-9) << "the first stream comes second";
}

TEST(Executor, KeepsStreamsThatAreReadyAtOneTimeInOrderInTheQueueToo) {
  const Streams three = {
      {after_rank(compute(1), 1, 1)}, {hold_until(0.3), compute(2)}, {compute(0.5)}, {hold_until(0.2), compute(4)}};
  const Streams clock = {{compute(0.1), compute(0.2)}};
  const Timeline timeline =
      run(switch_of(4), {three, clock, {{after_rank(hold_until(0), 0, 0)}}, {{after_stream(hold_until(0), 0, 1, 1)}}});
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[2].si(), 5.5) << "after 0.5 s of stream 2 and 4 s of stream 3";
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[3].si(), 7.5);
}

TEST(Executor, WaitsForOperationsOfOtherRanks) {
  // Rank 1 is done, and gone, long before anybody asks.
  const Timeline timeline = run(switch_of(3), {{{compute(0.01), after_rank(compute(0.001), 1, 0)}},
                                               {{compute(0.002)}},
                                               {{after_rank(compute(0.001), 0, 1), compute(0.001)}}});
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.011);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[2].si(), 0.013);
}

TEST(Executor, LetsADelayPassAfterWhatItWaitsFor) {
  const Timeline timeline =
      run(switch_of(2),
          {{{compute(0.01), compute(0.01), compute(0.01)}},
           {{after_rank(compute(0.001), 0, 0, 0.003), compute(0.009), after_rank(compute(0.001), 0, 1, 0.002)}}});
  // From 13 to 14 ms, until 23 ms, and then there is nothing left to wait for.
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.024);
}

TEST(Executor, PausesAStreamThatWaitsForItselfWithADelay) {
  EXPECT_DOUBLE_EQ(run(switch_of(1), {{{compute(0.01), after_rank({}, 0, 0, 0.005), compute(0.01)}}}).end.si(), 0.025);
}

TEST(Executor, NamesTheRankThatIsWaitedForInVain) {
  try {
    run(switch_of(2), {{{after_rank(compute(1), 1, 0)}}, {{after_rank(compute(1), 0, 0)}}});
    FAIL();
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("waits for operation 0 of rank 1's stream"));
  }
}

TEST(Executor, ComputesOneThingAtATimeOnADeviceFirstComeFirstServed) {
  const Timeline timeline = run(switch_of(1), {{{compute(0.01), compute(0.01)}, {compute(0.02)}, {compute(0.03)}}});
  EXPECT_DOUBLE_EQ(timeline.end.si(), 0.07);
  EXPECT_DOUBLE_EQ(timeline.busy[0].si(), 0.07);
  EXPECT_EQ(timeline.events, 4U);
}

TEST(Executor, TurnsWorkIntoTimeByTheDevicesFigures) {
  workloads::Op op = compute(0.001);
  op.work.flops = Flops(5e9);           // 5 ms
  op.work.memory_traffic = Bytes(3e9);  // 3 ms, behind the flops
  EXPECT_DOUBLE_EQ(run(switch_of(1), {{{op}}}).end.si(), 0.006);
  op.work.memory_traffic = Bytes(9e9);
  EXPECT_DOUBLE_EQ(run(switch_of(1), {{{op}}}).end.si(), 0.010);
}

TEST(Executor, ExchangesBothWaysAtOnceAndThenCombines) {
  workloads::Op both = send_to(1, megabyte);
  both.receives = receive_from(1).receives;
  both.reduce = Bytes(megabyte);
  workloads::Op back = send_to(0, megabyte);
  back.receives = receive_from(0).receives;
  const auto fleet = switch_of(2);
  Job job = job_on(fleet, program({{{both}}, {{back}}}));
  job.reduction_rate = Bandwidth(1e8);
  const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"});
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[0].si(), 0.013);
  EXPECT_DOUBLE_EQ(timeline.jobs[0].rank_end[1].si(), 0.003);
}

TEST(Executor, CombinesOneThingAtATimeOnARank) {
  workloads::Op first = receive_from(1);
  workloads::Op second = receive_from(2);
  first.reduce = second.reduce = Bytes(megabyte);
  const auto fleet = switch_of(3);
  Job job = job_on(fleet, program({{{first}, {second}}, {{send_to(0, megabyte)}}, {{send_to(0, megabyte)}}}));
  job.reduction_rate = Bandwidth(1e8);
  EXPECT_DOUBLE_EQ(simulate(fleet, {&job, 1}, {.network = "contention_free"}).end.si(), 0.023);
}

TEST(Executor, ChargesTheLatencyOfEveryMessageOfAFlow) {
  workloads::Op flow = send_to(1, 10 * megabyte);
  flow.sends[0].messages = 10;
  EXPECT_DOUBLE_EQ(run(switch_of(2), {{{flow}}, {{receive_from(0)}}}).end.si(), 10 * 0.002 + 0.01);
}

TEST(Executor, AddsTheOverheadOfMessages) {
  const auto fleet = switch_of(2);
  Job job = job_on(fleet, program({{{send_to(1, megabyte)}}, {{receive_from(0)}}}));
  job.message_overhead = Seconds(0.5);
  EXPECT_DOUBLE_EQ(simulate(fleet, {&job, 1}, {.network = "contention_free"}).end.si(), 0.503);
}

TEST(Executor, RunsJobsAtOnceAndFromTheirStart) {
  const auto fleet = switch_of(2);
  const auto steps = program({{{compute(0.01)}}});
  std::vector<Job> jobs = {job_on(fleet, steps), job_on(fleet, steps)};
  jobs[1].start = Seconds(0.005);
  const Timeline timeline = simulate(fleet, jobs, {.network = "contention_free"});
  EXPECT_DOUBLE_EQ(timeline.jobs[0].end.si(), 0.01);
  EXPECT_DOUBLE_EQ(timeline.jobs[1].start.si(), 0.005);
  EXPECT_DOUBLE_EQ(timeline.jobs[1].end.si(), 0.02) << "both compute on device 0";
}

TEST(Executor, CountsTheBytesOnEveryLink) {
  const auto fleet = switch_of(3);
  const Timeline timeline =
      run(fleet, {{{send_to(1, megabyte), send_to(2, megabyte)}}, {{receive_from(0)}}, {{receive_from(0)}}});
  EXPECT_DOUBLE_EQ(timeline.message_bytes.si(), 2e6);
  double carried = 0;
  for (const Bytes bytes : timeline.link_bytes) carried += bytes.si();
  EXPECT_DOUBLE_EQ(carried, 4e6) << "up to the switch and down again";
}

TEST(Executor, EndsAtOnceWhereNobodyHasAnythingToDo) {
  const Timeline timeline = run(topology::topology_of("switch", R"("devices":2)"), {{}, {}});
  EXPECT_EQ(timeline.end, Seconds(0));
  EXPECT_EQ(timeline.jobs[0].rank_end.size(), 2U);
}

TEST(Executor, NamesWhoIsBlockedAndOnWhat) {
  const auto fleet = switch_of(2);
  try {
    run(fleet, {{{receive_from(1), send_to(1, 1)}}, {{receive_from(0), send_to(0, 1)}, {after(compute(1), 0, 1)}}});
    FAIL() << "this deadlocks";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("rank 0 (d0), stream, operation 0 receives from rank 1 (tag 0)"));
    EXPECT_THAT(error.what(), testing::HasSubstr("rank 1 (d1), stream, operation 0 waits for operation 1 of stream"));
  }
}

TEST(Executor, SaysWhichReceiverIsMissing) {
  try {
    run(switch_of(2), {{{send_to(1, 1)}}, {{}}});
    FAIL() << "nobody receives";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("rank 0 (d0), stream, operation 0 sends to rank 1 (tag 0)"));
  }
}

TEST(Executor, NamesTheRanksOfADeadlockedCollectiveAsTheJobDoes) {
  // Ranks 2 and 3 enter two collectives in opposite order.
  const auto fleet = switch_of(4);
  const std::vector<topology::VertexId> places = {fleet.devices()[2], fleet.devices()[3]};
  const auto plan =
      workloads::plan_collective({.bytes = Bytes(megabyte)}, {fleet, places}, workloads::Fidelity::message);
  workloads::ProgramBuilder builder(4);
  const auto members =
      std::make_shared<std::vector<workloads::RankId>>(std::vector{workloads::RankId(2), workloads::RankId(3)});
  for (int call = 0; call < 2; ++call) builder.add_collective({.plan = plan, .members = members});
  for (std::uint32_t rank = 2; rank < 4; ++rank) {
    const auto stream = builder.add_stream(workloads::RankId(rank), "stream");
    for (std::uint64_t call = 0; call < 2; ++call) {
      workloads::Op op;
      op.kind = workloads::OpKind::collective;
      op.collective = rank == 2 ? call : 1 - call;
      op.member = workloads::RankId(rank - 2);
      builder.add(workloads::RankId(rank), stream, op);
    }
  }
  const Job job = job_on(fleet, builder.build());
  try {
    simulate(fleet, {&job, 1}, {.network = "contention_free"});
    FAIL() << "this deadlocks";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("rank 2 (d2), collective 0, ring 0, operation 0 receives from rank 3"));
    EXPECT_THAT(error.what(),
                testing::HasSubstr("rank 3 (d3), collective 1, ring 0, operation 0 receives from rank 2"));
  }
}

TEST(Executor, WakesThoseWhoWaitInTheOrderOfWhatTheyWaitFor) {
  // Many streams wait for different operations of one stream, the last first; each then computes.
  Streams streams = {{}};
  constexpr std::uint64_t steps = 50;
  for (std::uint64_t i = 0; i < steps; ++i) streams[0].push_back(hold_until(0.001 * static_cast<double>(i + 1)));
  for (std::uint64_t i = 0; i < steps; ++i) streams.push_back({after(compute(0.0001), 0, (i * 7) % steps)});
  EXPECT_DOUBLE_EQ(run(switch_of(1), {streams}).end.si(), 0.0501);
}

// Two ranks over whatever vertex the agent stands on: each sends up, the agent combines and sends down.
class UpAndDown final : public workloads::CollectivePlan {
 public:
  UpAndDown(workloads::CollectiveShape shape, topology::VertexId agent)
      : CollectivePlan(std::move(shape)), agent_(agent) {}
  std::uint32_t rank_count() const override { return 3; }
  std::uint32_t first_agent() const override { return 2; }
  topology::VertexId agent_vertex(workloads::RankId) const override { return agent_; }
  std::uint64_t length(workloads::RankId, workloads::StreamId) const override { return 2; }
  void fetch(workloads::RankId rank, workloads::StreamId, std::uint64_t position, workloads::Op& op) const override {
    const bool is_agent = rank.value() == 2;
    for (std::uint32_t peer = is_agent ? 0 : 2; peer < (is_agent ? 2U : 3U); ++peer) {
      if (is_agent == (position == 0)) {
        add_combining_receive(op, workloads::RankId(peer), {0, 1});
      } else {
        add_send(op, workloads::RankId(peer), {0, 1});
      }
    }
  }

 private:
  topology::VertexId agent_;
};

TEST(Executor, StartsTheAgentsOfACollectiveWithItsFirstMember) {
  const auto fleet = switch_of(2);
  workloads::CollectiveShape shape{.members = 2, .layout = workloads::BlockLayout(Bytes(megabyte), 1)};
  const auto plan = std::make_shared<UpAndDown>(shape, *fleet.find_vertex("s0"));
  workloads::ProgramBuilder builder(2);
  const auto call = builder.add_collective({plan, std::make_shared<std::vector<workloads::RankId>>(
                                                      std::vector{workloads::RankId(0), workloads::RankId(1)})});
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    const auto stream = builder.add_stream(workloads::RankId(rank), "stream");
    builder.add(workloads::RankId(rank), stream, hold_until(0.01 * rank));
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = call;
    op.member = workloads::RankId(rank);
    builder.add(workloads::RankId(rank), stream, op);
  }
  Job job = job_on(fleet, builder.build());
  job.reduction_rate = Bandwidth(1e9);  // of the two members; the switch combines for free
  EXPECT_DOUBLE_EQ(simulate(fleet, {&job, 1}, {.network = "contention_free"}).end.si(), 0.01 + 2 * 0.002 + 0.001);
}

}  // namespace
}  // namespace lockstep::sim
