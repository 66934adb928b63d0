#include <gtest/gtest.h>

#include "sim/metrics/schedule_watch.hpp"
#include "sim/simulate.hpp"
#include "tests/topology/fleets.hpp"
#include "tests/workloads/schedules/random_schedules.hpp"
#include "tests/workloads/schedules/times.hpp"
#include "topology/fleet_builder.hpp"
#include "workloads/schedules/check_schedule.hpp"
#include "workloads/schedules/lower_schedule.hpp"
#include "workloads/schedules/recurrence.hpp"
#include "workloads/schedules/schedules.hpp"

// The executor, which walks a lowered schedule event by event, against the recurrence, which shares nothing with it.
namespace lockstep::sim {
namespace {

using workloads::Recurrence;
using workloads::Schedule;
using workloads::ScheduleProgram;
using workloads::ScheduleTimes;
using workloads::TaskSpan;

topology::Fleet ideal_devices(std::uint32_t count) {
  topology::FleetBuilder builder("ideal");
  for (std::uint32_t i = 0; i < count; ++i) builder.add_device("d" + std::to_string(i));
  return builder.build();
}

Timeline run_program(const std::shared_ptr<const ScheduleProgram>& program, const topology::Fleet& fleet,
                     const std::string& network, Observer* observer) {
  const auto devices = fleet.devices().first(program->rank_count());
  const Job job{.program = program, .placement = {devices.begin(), devices.end()}};
  return simulate(fleet, {&job, 1}, {.network = network}, observer);
}

void expect_the_same(const Schedule& schedule, const ScheduleTimes& times, const std::string& network) {
  Recurrence recurrence;
  const auto makespan = recurrence.evaluate(schedule, times);
  ASSERT_TRUE(makespan) << recurrence.deadlock();
  const auto program =
      std::make_shared<const ScheduleProgram>(std::make_shared<const Schedule>(schedule), times, std::nullopt);
  ScheduleWatch watch(program);
  const Timeline timeline = run_program(program, ideal_devices(schedule.devices()), network, &watch);
  ASSERT_NEAR(timeline.end.si(), makespan->si(), 1e-9 * makespan->si());
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
    for (std::size_t i = 0; i < schedule.tasks[device].size(); ++i) {
      const TaskSpan& expected = recurrence.spans(device)[i];
      if (!workloads::is_computation(schedule.tasks[device][i].action)) continue;
      ASSERT_NEAR(watch.spans(device)[i].start.si(), expected.start.si(), 1e-9 * makespan->si()) << device << " " << i;
      ASSERT_NEAR(watch.spans(device)[i].end.si(), expected.end.si(), 1e-9 * makespan->si()) << device << " " << i;
    }
  }
}

TEST(LoweredSchedules, RunAsTheRecurrenceSaysForAllOfTheCatalogue) {
  int compared = 0;
  for (const auto& entry : workloads::schedules()) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      RandomStream random(seed, entry.name);
      const bool is_v = entry.name == "zb_v" || entry.name == "dualpipe_v";
      const bool is_looped = entry.name == "interleaved_1f1b" || entry.name == "breadth_first";
      const workloads::ScheduleShape shape{.stages = static_cast<std::uint32_t>(1 + random.below(16)),
                                           .microbatches = static_cast<std::uint32_t>(1 + random.below(64)),
                                           .virtual_stages = is_v ? 2
                                                             : is_looped
                                                                 ? static_cast<std::uint32_t>(1 + random.below(4))
                                                                 : 1};
      std::optional<Schedule> schedule;
      try {
        schedule = workloads::make_schedule(std::string(entry.name), shape);
      } catch (const InputError&) {
        continue;
      }
      ASSERT_NO_THROW(workloads::check_schedule(*schedule, ""));
      expect_the_same(*schedule, workloads::random_times(*schedule, random), "contention_free");
      ++compared;
    }
  }
  EXPECT_GT(compared, 450);
}

TEST(LoweredSchedules, RunAsTheRecurrenceSaysHoweverOddTheyAre) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomStream random(seed, "odd schedules");
    const auto transfers =
        random.below(2) == 0 ? workloads::TransferListing::implied : workloads::TransferListing::listed;
    const Schedule schedule = workloads::RandomScheduleMaker(random, transfers).make();
    ASSERT_NO_THROW(workloads::check_schedule(schedule, "")) << seed;
    SCOPED_TRACE(seed);
    ASSERT_NO_FATAL_FAILURE(expect_the_same(schedule, workloads::random_times(schedule, random), "contention_free"));
  }
}

TEST(LoweredSchedules, DoNotDependOnTheNetworkWhereNothingCrossesIt) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random(seed, "ports");
    const Schedule schedule = workloads::make_schedule("zb_h1", {4, 12});
    expect_the_same(schedule, workloads::random_times(schedule, random), "ports");
  }
}

topology::Fleet full_mesh() {
  return topology::fleet_from(
      R"({"topology":"full_mesh","devices":8,"link":{"bandwidth":"1 GB/s","latency":"0.1 s"}})");
}

// As long as a neighbour's message is over before the next one, a message of 0.1 s + 0.1 GB is a transfer of 0.2 s.
TEST(LoweredSchedules, SendMessagesThatTakeTheirTimeButNoComputation) {
  for (const char* name : {"gpipe", "1f1b", "eager_1f1b", "interleaved_1f1b", "breadth_first", "zb_h1", "chimera"}) {
    const std::uint32_t chunks = std::string(name) == "interleaved_1f1b" ? 2 : 1;
    const auto schedule = std::make_shared<const Schedule>(workloads::make_schedule(name, {8, 16, chunks}));
    const workloads::Share share{.forward = 1, .input_gradient = 0.8, .weight_gradient = 0.7, .transfer = 0.2};
    const ScheduleTimes times = workloads::times_of(share, chunks);
    const auto program = std::make_shared<const ScheduleProgram>(schedule, times, Bytes(1e8));
    Recurrence recurrence;
    const double expected = recurrence.evaluate(*schedule, times)->si();
    EXPECT_NEAR(run_program(program, full_mesh(), "contention_free", nullptr).end.si(), expected, 1e-9 * expected)
        << name;
  }
}

TEST(LoweredSchedules, SendListedMessagesInTheOrderOfTheirLists) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RandomStream random(seed, "listed messages");
    const Schedule odd = workloads::RandomScheduleMaker(random, workloads::TransferListing::listed).make();
    ScheduleTimes times = workloads::random_times(odd, random);
    times.transfer = Seconds(0);
    times.occupies = workloads::TransferOccupies::nobody;
    const auto program =
        std::make_shared<const ScheduleProgram>(std::make_shared<const Schedule>(odd), times, Bytes(0));
    Recurrence recurrence;
    const double expected = recurrence.evaluate(odd, times)->si();
    const auto fleet =
        topology::fleet_from(R"({"topology":"full_mesh","devices":8,"link":{"bandwidth":"1 GB/s","latency":"0 s"}})");
    EXPECT_NEAR(run_program(program, fleet, "contention_free", nullptr).end.si(), expected, 1e-9 * expected) << seed;
    ++compared;
  }
  EXPECT_EQ(compared, 500);
}

TEST(LoweredSchedules, NameStreamsAndTasksForPeople) {
  const auto schedule = std::make_shared<const Schedule>(workloads::make_schedule("dualpipe", {2, 4}));
  const ScheduleProgram program(schedule, workloads::times_of({}), Bytes(1));
  EXPECT_EQ(program.stream_count(workloads::RankId(0)), 5);
  EXPECT_EQ(program.stream_name(workloads::RankId(0), workloads::StreamId(0)), "compute");
  EXPECT_EQ(program.stream_name(workloads::RankId(0), workloads::StreamId(1)), "activations to 1");
  workloads::Op op;
  program.fetch(workloads::RankId(0), workloads::StreamId(0), 4, op);
  EXPECT_EQ(program.label_text(op.label), "OVERLAP_F_B 3F3");
}

}  // namespace
}  // namespace lockstep::sim
