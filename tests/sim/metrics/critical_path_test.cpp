#include "sim/metrics/critical_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/audience.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"
#include "tests/workloads/schedules/times.hpp"
#include "workloads/schedules/lower_schedule.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::sim {
namespace {

// 1 GB/s and 0.5 ms a link: a message of 1 MB between two devices takes 1 + 1 ms.
topology::Fleet switch_of(int devices) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                              R"(,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
}
constexpr double megabyte = 1e6;

workloads::Op labelled(workloads::Op op, std::uint16_t phase) {
  op.label.phase = phase;
  return op;
}

// Each step as "what rank phase from-to", in milliseconds.
std::vector<std::string> path_of(const topology::Fleet& fleet, const Job& job,
                                 const EngineOptions& options = {.network = "contention_free"}) {
  CriticalPath critical(job);
  simulate(fleet, {&job, 1}, options, &critical);
  constexpr std::array names = {"operation", "message", "delay", "clock", "queueing"};
  std::vector<std::string> texts;
  auto text = [](Seconds time) { return std::to_string(std::lround(time.si() * 1e3)); };
  for (const PathStep& step : critical.path()) {
    texts.push_back(std::string(names.at(static_cast<std::size_t>(step.what))) + " " +
                    std::to_string(step.rank.value()) + " " + std::to_string(step.label.phase) + " " +
                    text(step.start) + "-" + text(step.end));
  }
  return texts;
}
std::vector<std::string> path_of(const std::vector<Streams>& ranks,
                                 const EngineOptions& options = {.network = "contention_free"}) {
  const auto fleet = switch_of(static_cast<int>(ranks.size()));
  return path_of(fleet, job_on(fleet, program(ranks)), options);
}
using testing::ElementsAre;

TEST(CriticalPath, GoesThroughTheSideOfAMessageThatWasReadyLast) {
  const auto send = [](double at) {
    return std::vector<Streams>{
        {{labelled(compute(at), 1), labelled(send_to(1, megabyte), 2)}},
        {{labelled(compute(0.003), 3), labelled(receive_from(0), 4), labelled(compute(0.001), 5)}}};
  };
  EXPECT_THAT(path_of(send(0.004)), ElementsAre("operation 0 1 0-4", "message 0 2 4-6", "operation 1 5 6-7"));
  EXPECT_THAT(path_of(send(0.002)), ElementsAre("operation 1 3 0-3", "message 0 2 3-5", "operation 1 5 5-6"));
  const EngineOptions eager{.network = "contention_free", .eager = true};
  EXPECT_THAT(path_of(send(0.002), eager), ElementsAre("operation 0 1 0-2", "message 0 2 2-4", "operation 1 5 4-5"));
  // It has arrived before it is asked for.
  EXPECT_THAT(path_of(send(0.0005), eager), ElementsAre("operation 1 3 0-3", "operation 1 5 3-4"));
}

TEST(CriticalPath, JoinsWhatOneRankDoesInARowForOnePhase) {
  EXPECT_THAT(path_of({{{labelled(compute(0.001), 1), labelled(compute(0.001), 1), labelled(compute(0.001), 2)}}}),
              ElementsAre("operation 0 1 0-2", "operation 0 2 2-3"));
}

TEST(CriticalPath, GoesThroughWhatIsWaitedForAndWhatOccupiesTheDevice) {
  EXPECT_THAT(path_of({{{labelled(after(compute(0.001), 1, 0), 1)},
                        {labelled(compute(0.004), 2), labelled(compute(0.002), 3)}}}),
              ElementsAre("operation 0 2 0-4", "operation 0 1 4-5", "operation 0 3 5-7"));
}

TEST(CriticalPath, LetsDelaysPassAndTheClockCome) {
  workloads::Op late = labelled(compute(0.001), 2);
  late.waits.push_back({workloads::StreamId(0), 0, workloads::RankId(0), Seconds(0.003)});
  EXPECT_THAT(path_of({{{labelled(compute(0.002), 1), compute(0.001), compute(0.001)}}, {{late}}}),
              ElementsAre("operation 0 1 0-2", "delay 1 2 2-5", "operation 1 2 5-6"));
  EXPECT_THAT(path_of({{{compute(0.001), labelled(hold_until(0.004), 3), labelled(compute(0.001), 1)}}}),
              ElementsAre("clock 0 3 0-4", "operation 0 1 4-5"));
}

TEST(CriticalPath, GoesThroughTheMemberOfACollectiveThatCameLast) {
  const auto fleet = switch_of(2);
  const Job all_reduce = collective_on(fleet, {.bytes = Bytes(megabyte)});
  workloads::ProgramBuilder builder(2);
  const auto call = builder.add_collective(all_reduce.program->collective(0));
  for (std::uint32_t i = 0; i < 2; ++i) {
    const workloads::RankId rank(i);
    const auto stream = builder.add_stream(rank, "stream");
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = call;
    op.member = rank;
    builder.add(rank, stream, labelled(compute(i == 1 ? 0.005 : 0.001), 1));
    builder.add(rank, stream, labelled(op, 2));
    builder.add(rank, stream, labelled(compute(i == 0 ? 0.004 : 0.001), 3));
  }
  // Two rounds of 1.5 ms.
  EXPECT_THAT(path_of(fleet, job_on(fleet, builder.build())),
              ElementsAre("operation 1 1 0-5", "operation 0 2 5-8", "operation 0 3 8-12"));
}

TEST(CriticalPath, StartsWithItsJob) {
  const auto fleet = switch_of(1);
  Job job = job_on(fleet, program({{{labelled(compute(0.001), 1)}}}));
  job.start = Seconds(0.002);
  EXPECT_THAT(path_of(fleet, job), ElementsAre("operation 0 1 2-3"));
}

TEST(CriticalPath, CallsItQueueingWhereAnotherJobOccupiesTheDevice) {
  const auto fleet = switch_of(1);
  std::vector<Job> jobs = {job_on(fleet, program({{{compute(0.004)}}})), job_on(fleet, program({{{compute(0.001)}}}))};
  CriticalPath critical(jobs[1]);
  Audience audience;
  audience.add(critical, 1);
  simulate(fleet, jobs, {.network = "contention_free"}, &audience);
  const PathSums sums = sums_of(critical.path());
  EXPECT_DOUBLE_EQ(sums.queueing.si(), 0.004);
  EXPECT_DOUBLE_EQ(sums.of_phase.at(0).si(), 0.001);
}

TEST(CriticalPath, LeavesSendersOfPortsToTheirOwn) {
  // The second send waits for the port of the first.
  const auto path = path_of(
      {{{labelled(send_to(1, megabyte), 1), labelled(compute(0.010), 3)}, {labelled(send_to(1, megabyte, 7), 2)}},
       {{receive_from(0)}, {receive_from(0, 7)}}},
      {.network = "ports"});
  EXPECT_EQ(path.back().substr(0, 13), "operation 0 3");
  EXPECT_EQ(path.front().substr(0, 11), "message 0 1");
}

// GPipe: the last stage computes all forward passes, the first all backward passes, and each way takes p - 1 hops.
TEST(CriticalPath, TakesThePipelinesBottleneck) {
  const auto fleet =
      topology::fleet_from(R"({"topology":"full_mesh","devices":4,"link":{"bandwidth":"1 GB/s","latency":"0.1 s"}})");
  const auto schedule = std::make_shared<const workloads::Schedule>(workloads::make_schedule("gpipe", {4, 8}));
  const auto times = workloads::times_of({.forward = 1, .input_gradient = 1.2, .weight_gradient = 0.8});
  for (const bool are_messages : {true, false}) {
    auto hops = times;
    if (!are_messages) hops.transfer = Seconds(0.2);
    const Job job = job_on(fleet, std::make_shared<const workloads::ScheduleProgram>(
                                      schedule, hops, are_messages ? std::optional(Bytes(1e8)) : std::nullopt));
    CriticalPath critical(job);
    const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"}, &critical);
    EXPECT_NEAR(timeline.end.si(), 11 * 3 + 6 * 0.2, 1e-9);
    double hopping = 0;
    double computing = 0;
    for (const PathStep& step : critical.path()) {
      (step.what == PathWhat::operation ? computing : hopping) += (step.end - step.start).si();
      EXPECT_EQ(step.what == PathWhat::delay, step.what != PathWhat::operation && !are_messages);
    }
    EXPECT_NEAR(hopping, 6 * 0.2, 1e-9);
    EXPECT_NEAR(computing, 11 * 3, 1e-9);
  }
}

}  // namespace
}  // namespace lockstep::sim
