#include "workloads/training/training_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/own_folder.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/recurrence.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

using ::testing::HasSubstr;

TrainingSpec spec_with(const std::string& schedule, std::uint32_t pipeline, std::uint64_t microbatches,
                       std::uint32_t virtual_stages = 1) {
  TrainingSpec spec;
  spec.schedule = schedule;
  spec.global_batch = microbatches;
  spec.execution.plan.pipeline = pipeline;
  spec.execution.plan.virtual_stages = virtual_stages;
  return spec;
}

std::string refusal_of(const TrainingSpec& spec, const TrainingScheduleSource& source = {.where = "s: w.schedule"}) {
  try {
    schedule_of(spec, source);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string text_of(const std::vector<Task>& tasks) {
  std::string text;
  for (const Task& task : tasks) text += task_text(task) + " ";
  return text;
}

TEST(TrainingSchedule, IsTheNamedOneInThePlansShape) {
  EXPECT_EQ(*schedule_of(spec_with("1f1b", 4, 8)).schedule,
            make_schedule("1f1b", {.stages = 4, .microbatches = 8, .virtual_stages = 1}));
  EXPECT_EQ(*schedule_of(spec_with("interleaved_1f1b", 4, 8, 2)).schedule,
            make_schedule("interleaved_1f1b", {.stages = 4, .microbatches = 8, .virtual_stages = 2}));
}

TEST(TrainingSchedule, OfOneStageRunsItsMicrobatchesOneAfterTheOther) {
  EXPECT_EQ(text_of(schedule_of(spec_with("1f1b", 1, 3)).schedule->tasks[0]), "0F0 0B0 0F1 0B1 0F2 0B2 ");
  EXPECT_EQ(text_of(schedule_of(spec_with("gpipe", 1, 3)).schedule->tasks[0]).substr(0, 12), "0F0 0F1 0F2 ");
}

TEST(TrainingSchedule, OfOneStageHasEveryNameOrSaysWhyNot) {
  for (const auto& entry : schedules()) {
    const std::string name(entry.name);
    const std::string refusal = refusal_of(spec_with(name, 1, 4));
    if (name == "zb_v" || name == "dualpipe_v") {
      EXPECT_THAT(refusal, HasSubstr("this one has one stage"));
    } else if (name == "dualpipe" || name == "chimera") {
      EXPECT_THAT(refusal, HasSubstr("w.parallel.pipeline: " + name));
      EXPECT_THAT(refusal, HasSubstr("an even number of stages"));
    } else if (name == "pipedream_2bw") {
      EXPECT_THAT(refusal, HasSubstr("never flushes"));
    } else {
      EXPECT_EQ(refusal, "") << name;
    }
  }
}

TEST(TrainingSchedule, NamesTheFieldsThatShapesFollowFrom) {
  EXPECT_THAT(refusal_of(spec_with("interleaved_1f1b", 4, 9, 2)), HasSubstr("w.global_batch: interleaved_1f1b"));
  EXPECT_THAT(refusal_of(spec_with("1f1b", 4, 8, 2)), HasSubstr("w.virtual_stages: 1f1b has 1 chunk"));
}

TEST(TrainingSchedule, TellsHowItsChunksLieOnTheStages) {
  EXPECT_EQ(schedule_of(spec_with("interleaved_1f1b", 4, 8, 2)).route, ChunkRoute::round_and_round);
  EXPECT_EQ(schedule_of(spec_with("zb_v", 4, 8, 2)).route, ChunkRoute::there_and_back);
  EXPECT_EQ(schedule_of(spec_with("dualpipe_v", 4, 8, 2)).route, ChunkRoute::there_and_back);
  EXPECT_EQ(schedule_of(spec_with("dualpipe", 4, 8)).route, ChunkRoute::mirrored);
  EXPECT_EQ(schedule_of(spec_with("chimera", 2, 4)).route, ChunkRoute::mirrored);
}

class TrainingScheduleFile : public ::testing::Test {
 protected:
  TrainingSpec spec_with_file(const Schedule& schedule, std::uint32_t pipeline, std::uint64_t microbatches,
                              std::uint32_t virtual_stages) const {
    own_file("mine.csv", write_pytorch_csv(schedule));
    TrainingSpec spec = spec_with("", pipeline, microbatches, virtual_stages);
    spec.schedule_file = "mine.csv";
    return spec;
  }
  TrainingScheduleSource source() const { return {.directory = own_folder().string(), .where = "s: w.schedule"}; }
};

TEST_F(TrainingScheduleFile, IsReadBesideTheScenario) {
  const Schedule v = make_schedule("zb_v", {.stages = 4, .microbatches = 8, .virtual_stages = 2});
  const TrainingSchedule read = schedule_of(spec_with_file(v, 4, 8, 2), source());
  EXPECT_EQ(*read.schedule, v);
  EXPECT_EQ(read.route, ChunkRoute::there_and_back);
}

TEST_F(TrainingScheduleFile, IsRefusedWhereItIsAboutAnotherPlan) {
  const Schedule v = make_schedule("zb_v", {.stages = 4, .microbatches = 8, .virtual_stages = 2});
  EXPECT_THAT(refusal_of(spec_with_file(v, 8, 8, 2), source()),
              HasSubstr("s: w.schedule: the schedule in 'mine.csv' has 4 devices, and \"pipeline\" makes it 8"));
  EXPECT_THAT(refusal_of(spec_with_file(v, 4, 8, 1), source()), HasSubstr("has 8 stages of the model"));
  EXPECT_THAT(refusal_of(spec_with_file(v, 4, 12, 2), source()), HasSubstr("has 8 microbatches"));
}

TEST_F(TrainingScheduleFile, IsRefusedWhereNoPlanPlacesChunksLikeThat) {
  Schedule odd = make_schedule("gpipe", {.stages = 3, .microbatches = 2});
  odd.device_of = {0, 2, 1};
  std::swap(odd.tasks[1], odd.tasks[2]);
  EXPECT_THAT(refusal_of(spec_with_file(odd, 3, 2, 1), source()), HasSubstr("an order that no plan has"));
}

// With a last stage that takes four times as long.
PassTimes long_last(std::uint32_t chunk, std::uint32_t) {
  const Seconds time(chunk == 3 ? 4 : 1);
  return {.forward = time, .backward_input = time, .backward_weight = time};
}

TEST(AutomaticTrainingSchedule, IsNoWorseThanTheOthersAtTheTimesOfTheChunks) {
  const std::vector<Seconds> once = {Seconds(1), Seconds(1), Seconds(1), Seconds(4)};
  ScheduleTimes times;
  times.forward = times.input_gradient = times.weight_gradient = TimeTable(once);
  times.backward = TimeTable({Seconds(2), Seconds(2), Seconds(2), Seconds(8)});
  const Schedule found = *schedule_of(spec_with("auto", 4, 6), {.compute = long_last}).schedule;
  EXPECT_EQ(found.copies, 1U);
  for (const char* name : {"1f1b", "zb_h1", "zb_h2"}) {
    const Schedule named = make_schedule(name, {.stages = 4, .microbatches = 6});
    EXPECT_LE(evaluate_schedule(found, times).makespan, evaluate_schedule(named, times).makespan) << name;
  }
}

TEST(InFlightOfASchedule, EqualsTheFormulaOfOneForwardOneBackward) {
  for (const std::uint32_t virtual_stages : {1U, 2U, 3U}) {
    const TrainingSpec spec = spec_with(virtual_stages > 1 ? "interleaved_1f1b" : "1f1b", 4, 8, virtual_stages);
    const InFlight found = in_flight_of(*schedule_of(spec).schedule);
    EXPECT_EQ(found.chunks, in_flight_of_1f1b(spec.execution.plan, 8).chunks) << virtual_stages;
    EXPECT_EQ(found.head, 1);
  }
}

TEST(InFlightOfASchedule, CountsEveryMicrobatchOfGpipe) {
  const InFlight found = in_flight_of(*schedule_of(spec_with("gpipe", 2, 7)).schedule);
  EXPECT_EQ(found.chunks, (std::vector<double>{7, 7}));
  EXPECT_EQ(found.head, 7);
}

TEST(InFlightOfASchedule, LastsUntilTheWeightGradient) {
  Schedule schedule;
  schedule.microbatches = 2;
  schedule.device_of = {0};
  schedule.tasks = {{{0, 0, Action::forward},
                     {0, 0, Action::input_gradient},
                     {1, 0, Action::forward},
                     {1, 0, Action::input_gradient},
                     {0, 0, Action::weight_gradient},
                     {1, 0, Action::weight_gradient}}};
  EXPECT_EQ(in_flight_of(schedule).chunks, std::vector<double>{2});
  EXPECT_EQ(in_flight_of(schedule).head, 2);
}

// Li and Hoefler 2021, table 2: D / 2 + 1 to D of D microbatches, both copies together.
TEST(InFlightOfASchedule, CountsBothCopies) {
  const InFlight found = in_flight_of(*schedule_of(spec_with("chimera", 4, 4)).schedule);
  EXPECT_EQ(found.chunks, (std::vector<double>{3, 4, 4, 3}));
}

TEST(InFlightOfOtherPlans, FollowsTheNamedSchedule) {
  const TrainingSpec spec = spec_with("interleaved_1f1b", 4, 8, 2);
  const InFlightOf in_flight = in_flight_under(spec, schedule_of(spec).schedule);
  ParallelPlan longer = spec.execution.plan;
  longer.pipeline = 8;
  ASSERT_TRUE(in_flight(longer, 16));
  EXPECT_EQ(in_flight(longer, 16)->chunks, in_flight_of_1f1b(longer, 16).chunks);
  EXPECT_FALSE(in_flight(longer, 17)) << "groups would be unequal";
}

TEST(InFlightOfOtherPlans, IsUnknownForWhatWasMadeForOnePlan) {
  const TrainingSpec spec = spec_with("auto", 2, 4);
  const InFlightOf in_flight = in_flight_under(spec, schedule_of(spec).schedule);
  EXPECT_TRUE(in_flight(spec.execution.plan, 4));
  EXPECT_FALSE(in_flight(spec.execution.plan, 8));
}

}  // namespace
}  // namespace lockstep::workloads
