#include "sim/metrics/time_use.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "sim/audience.hpp"
#include "sim/metrics/schedule_watch.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"
#include "tests/workloads/schedules/times.hpp"
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

Seconds sum_of(const std::vector<Seconds>& times) {
  return std::accumulate(times.begin(), times.end(), Seconds(0));
}

// In milliseconds.
struct Expected {
  std::vector<double> computing;
  std::vector<double> exposed;
  double straggling = 0;
  double delays = 0;
  double bubble = 0;
};

void expect_use(const TimeUse& use, const Expected& expected) {
  const auto expect_times = [](const std::vector<Seconds>& times, const std::vector<double>& milliseconds) {
    ASSERT_LE(times.size(), milliseconds.size());
    for (std::size_t i = 0; i < milliseconds.size(); ++i) {
      EXPECT_NEAR(i < times.size() ? times[i].si() : 0, milliseconds[i] * 1e-3, 1e-15) << "phase " << i;
    }
  };
  expect_times(use.computing, expected.computing);
  expect_times(use.exposed, expected.exposed);
  EXPECT_NEAR(use.straggling.si(), expected.straggling * 1e-3, 1e-15);
  EXPECT_NEAR(use.delays.si(), expected.delays * 1e-3, 1e-15);
  EXPECT_NEAR(use.bubble.si(), expected.bubble * 1e-3, 1e-15);
}

void expect_uses(const topology::Fleet& fleet, const Job& job, const std::vector<Expected>& expected,
                 const EngineOptions& options = {.network = "contention_free"}) {
  TimeUseWatch watch(job);
  const Timeline timeline = simulate(fleet, {&job, 1}, options, &watch);
  for (std::uint32_t rank = 0; rank < expected.size(); ++rank) {
    SCOPED_TRACE(rank);
    expect_use(watch.of(workloads::RankId(rank), timeline.jobs[0]), expected[rank]);
  }
}
void expect_uses(const std::vector<Streams>& ranks, const std::vector<Expected>& expected,
                 const EngineOptions& options = {.network = "contention_free"}) {
  const auto fleet = switch_of(static_cast<int>(ranks.size()));
  expect_uses(fleet, job_on(fleet, program(ranks)), expected, options);
}

// Programs of two ranks with all-reduces of 1 MB, of two rounds of 1.5 ms.
class TwoRanks {
 public:
  TwoRanks() : fleet(switch_of(2)) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      for (const char* name : {"main", "beside"}) builder_.add_stream(workloads::RankId(i), name);
    }
  }
  void add(std::uint32_t rank, std::uint32_t stream, const workloads::Op& op) {
    builder_.add(workloads::RankId(rank), workloads::StreamId(stream), op);
  }
  // A collective of both, for the rank's next operation to be.
  std::uint64_t add_collective() {
    return builder_.add_collective(collective_on(fleet, {.bytes = Bytes(megabyte)}).program->collective(0));
  }
  static workloads::Op call(std::uint64_t collective, std::uint32_t rank, std::uint16_t phase) {
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = collective;
    op.member = workloads::RankId(rank);
    return labelled(op, phase);
  }
  Job job() { return job_on(fleet, builder_.build()); }

  topology::Fleet fleet;

 private:
  workloads::ProgramBuilder builder_{2};
};

TEST(TimeUse, TellsStragglingFromTheCollectiveItself) {
  TwoRanks ranks;
  const auto collective = ranks.add_collective();
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    ranks.add(rank, 0, labelled(compute(rank == 0 ? 0.001 : 0.005), 1));
    ranks.add(rank, 0, TwoRanks::call(collective, rank, 2));
    ranks.add(rank, 0, labelled(compute(rank == 0 ? 0.004 : 0.001), 0));
  }
  expect_uses(ranks.fleet, ranks.job(),
              {{.computing = {4, 1}, .exposed = {0, 0, 3}, .straggling = 4},
               {.computing = {1, 5}, .exposed = {0, 0, 3}, .bubble = 3}});
}

TEST(TimeUse, CountsNothingThatIsComputedBeside) {
  TwoRanks ranks;
  const auto first = ranks.add_collective();
  const auto second = ranks.add_collective();
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    // Rank 1 comes later to the first, and needs a second less afterwards.
    ranks.add(rank, 0, compute(rank == 0 ? 0.001 : 0.003));
    ranks.add(rank, 0, compute(rank == 0 ? 0.001 : 0.002));
    ranks.add(rank, 0, after(compute(0.002), 1, 1));
    ranks.add(rank, 1, after(TwoRanks::call(first, rank, 1), 0, 0));
    ranks.add(rank, 1, TwoRanks::call(second, rank, 2));
  }
  // The collectives take from 3 to 6 and from 6 to 9 ms; rank 0 waits from 2 ms on, rank 1 from 5 ms on.
  expect_uses(ranks.fleet, ranks.job(),
              {{.computing = {4}, .exposed = {0, 3, 3}, .straggling = 1}, {.computing = {7}, .exposed = {0, 1, 3}}});
}

TEST(TimeUse, CallsItABubbleUntilAMessageHasStarted) {
  const std::vector<Streams> ranks = {{{compute(0.004)}, {after(labelled(send_to(1, megabyte), 3), 0, 0)}},
                                      {{compute(0.001), after(compute(0.002), 1, 0)}, {labelled(receive_from(0), 3)}}};
  expect_uses(ranks, {{.computing = {4}, .exposed = {0, 0, 0, 2}, .bubble = 2},
                      {.computing = {3}, .exposed = {0, 0, 0, 2}, .bubble = 3}});
}

TEST(TimeUse, CountsMessagesOfTheMainStream) {
  const std::vector<Streams> ranks = {{{compute(0.004), labelled(send_to(1, megabyte), 1)}},
                                      {{compute(0.001), labelled(receive_from(0), 1), compute(0.001)}}};
  expect_uses(ranks,
              {{.computing = {4}, .exposed = {0, 2}, .bubble = 1}, {.computing = {2}, .exposed = {0, 2}, .bubble = 3}});
  // Ports let the sender go before the latency is over.
  expect_uses(ranks,
              {{.computing = {4}, .exposed = {0, 1}, .bubble = 2}, {.computing = {2}, .exposed = {0, 2}, .bubble = 3}},
              {.network = "ports", .ports = {.holds_latency = false}});
}

TEST(TimeUse, ComputesForWhomeverTheDeviceDoes) {
  // The main stream queues behind the other one from 1 to 4 ms, and waits for it from 5 to 6 ms.
  expect_uses({{{labelled(compute(0.001), 1), after(labelled(compute(0.001), 1), 1, 0),
                 after(labelled(compute(0.001), 1), 1, 2)},
                {hold_until(0.0005), labelled(compute(0.003), 2), labelled(compute(0.001), 3)}}},
              {{.computing = {0, 3, 3, 1}, .exposed = {}}});
}

TEST(TimeUse, ComputesBesideABlockingCollective) {
  TwoRanks ranks;
  const auto collective = ranks.add_collective();
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    ranks.add(rank, 0, labelled(compute(rank == 0 ? 0.001 : 0.002), 1));
    ranks.add(rank, 0, TwoRanks::call(collective, rank, 2));
  }
  ranks.add(0, 0, labelled(compute(0.001), 1));
  ranks.add(0, 1, hold_until(0.0015));
  ranks.add(0, 1, labelled(compute(0.001), 3));
  ranks.add(0, 1, hold_until(0.004));
  ranks.add(0, 1, labelled(compute(0.003), 3));
  // The collective takes from 2 to 5 ms. The other stream of rank 0 computes from 1.5 to 2.5 and from 4 to 7 ms.
  expect_uses(ranks.fleet, ranks.job(),
              {{.computing = {0, 2, 0, 4}, .exposed = {0, 0, 1.5}, .straggling = 0.5},
               {.computing = {0, 2}, .exposed = {0, 0, 3}, .bubble = 3}});
}

TEST(TimeUse, ComputesBesideWhatTheMainStreamWaitsFor) {
  const Streams sender = {{compute(0.004)}, {after(labelled(send_to(1, megabyte), 1), 0, 0)}};
  const Streams receiver = {{compute(0.001), after(compute(0.001), 1, 0)},
                            {labelled(receive_from(0), 1)},
                            {hold_until(0.002), labelled(compute(0.003), 2), after(labelled(compute(0.002), 3), 0, 1)}};
  // The message takes from 4 to 6 ms. The third stream computes from 2 to 5 ms, and when the main one is done.
  expect_uses({sender, receiver}, {{.computing = {4}, .exposed = {0, 2}, .bubble = 3},
                                   {.computing = {2, 0, 3, 2}, .exposed = {0, 1}, .bubble = 1}});
}

TEST(TimeUse, KnowsDelaysAndPausesAndTheClock) {
  workloads::Op late = compute(0.001);
  late.waits.push_back({workloads::StreamId(0), 0, workloads::RankId(0), Seconds(0.003)});
  workloads::Op pause;
  pause.waits.push_back({workloads::StreamId(0), 0, std::nullopt, Seconds(0.002)});
  expect_uses({{{compute(0.002), pause, compute(0.001), hold_until(0.008)}}, {{late}}},
              {{.computing = {3}, .exposed = {}, .delays = 2, .bubble = 3},
               {.computing = {1}, .exposed = {}, .delays = 3, .bubble = 4}});
}

TEST(TimeUse, CountsWhatComesAfterTheLastComputation) {
  TwoRanks ranks;
  const auto collective = ranks.add_collective();
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    ranks.add(rank, 0, compute(rank == 0 ? 0.001 : 0.003));
    ranks.add(rank, 1, after(TwoRanks::call(collective, rank, 1), 0, 0));
  }
  Job job = ranks.job();
  job.start = Seconds(0.010);
  expect_uses(ranks.fleet, job,
              {{.computing = {1}, .exposed = {0, 3}, .straggling = 2}, {.computing = {3}, .exposed = {0, 3}}});
}

// Two ways to tell how long the devices of a pipeline are busy; what they are idle for is told apart.
TEST(TimeUse, AgreesWithTheSummaryOfThePipeline) {
  const auto fleet =
      topology::fleet_from(R"({"topology":"full_mesh","devices":8,"link":{"bandwidth":"1 GB/s","latency":"0.1 s"}})");
  for (const char* name : {"gpipe", "1f1b", "zb_h1", "chimera", "dualpipe"}) {
    for (const bool are_messages : {true, false}) {
      SCOPED_TRACE(name);
      const auto schedule = std::make_shared<const workloads::Schedule>(workloads::make_schedule(name, {8, 16}));
      auto times = workloads::times_of({.forward = 1, .input_gradient = 0.8, .weight_gradient = 0.7});
      if (!are_messages) times.transfer = Seconds(0.2);
      const auto message = are_messages ? std::optional(Bytes(1e8)) : std::nullopt;
      const auto pipeline = std::make_shared<const workloads::ScheduleProgram>(schedule, times, message);
      const Job job = job_on(fleet, pipeline);
      TimeUseWatch watch(job);
      ScheduleWatch tasks(pipeline);
      Audience audience;
      audience.add(watch);
      audience.add(tasks);
      const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"}, &audience);
      const auto summary = tasks.summary(job.start);
      for (std::uint32_t rank = 0; rank < 8; ++rank) {
        const TimeUse use = watch.of(workloads::RankId(rank), timeline.jobs[0]);
        EXPECT_NEAR(sum_of(use.computing).si(), summary.stages[rank].busy.si(), 1e-9);
        EXPECT_EQ(use.delays > Seconds(0), !are_messages);
        EXPECT_EQ(sum_of(use.exposed) > Seconds(0), are_messages);
      }
    }
  }
}

TEST(TimeUse, TakesTheMeanOfTheRanks) {
  const auto fleet = switch_of(2);
  const Job job = job_on(fleet, program({{{compute(0.004)}}, {{labelled(compute(0.001), 1)}}}));
  TimeUseWatch watch(job);
  const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"}, &watch);
  expect_use(watch.mean(timeline.jobs[0]), {.computing = {2, 0.5}, .exposed = {}, .bubble = 1.5});
}

}  // namespace
}  // namespace lockstep::sim
