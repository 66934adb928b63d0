#include "workloads/schedules/automatic/automatic.hpp"

#include <gtest/gtest.h>

#include "tests/workloads/schedules/automatic/random_searches.hpp"
#include "tests/workloads/schedules/times.hpp"
#include "workloads/schedules/check_schedule.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::workloads {
namespace {

ScheduleSearch search_of(const Share& share, const ScheduleShape& shape, double most_activations) {
  ScheduleSearch search;
  search.times = [share, shape](const Schedule&) { return times_of(share, shape.virtual_stages); };
  search.limit.most = most_activations;
  search.most_copies = 1;
  return search;
}

std::string text_of(const Schedule& schedule) {
  std::string text;
  for (const auto& tasks : schedule.tasks) {
    for (const Task& task : tasks) text += task_text(task) + " ";
    text += "\n";
  }
  return text;
}

// Qi et al. 2024: F = B = W. With a step barrier H1's and H2's makespan is that of the last stage, which no order
// beats.
TEST(AutomaticSchedule, ReachesTheMakespanOfZeroBubbleWithTheMemoryOfOneForwardOneBackward) {
  for (const std::uint32_t stages : {2U, 4U, 8U}) {
    const ScheduleShape shape{stages, 3 * stages};
    const FoundSchedule found = find_schedule(shape, search_of({}, shape, stages));
    EXPECT_DOUBLE_EQ(found.makespan.si(), 3.0 * shape.microbatches + stages - 1);
    EXPECT_TRUE(found.is_optimal);
  }
}

TEST(AutomaticSchedule, LeavesNoBubbleInAnySpanWithTheMemoryOfZeroBubbleH2) {
  for (const std::uint32_t stages : {2U, 4U, 8U}) {
    const ScheduleShape shape{stages, 3 * stages};
    ScheduleSearch search = search_of({}, shape, 2 * stages - 1);
    search.objective = SearchObjective::longest_span;
    EXPECT_DOUBLE_EQ(find_schedule(shape, search).longest_span.si(), 3.0 * shape.microbatches);
  }
}

TEST(AutomaticSchedule, LeavesNoBubbleInAnySpanOfAVWithTheMemoryOfOneForwardOneBackward) {
  for (const std::uint32_t stages : {2U, 4U, 8U}) {
    const ScheduleShape shape{stages, 3 * stages, 2};
    const FoundSchedule found = find_schedule(shape, search_of({}, shape, 2 * stages));
    EXPECT_DOUBLE_EQ(found.longest_span.si(), 3.0 * shape.microbatches);
    EXPECT_DOUBLE_EQ(found.makespan.si(), 3.0 * shape.microbatches + (stages - 1) / 2.0);
  }
}

TEST(AutomaticSchedule, BeatsTheHandcraftedWhereStagesDiffer) {
  DeviceShares shares{.forward = {1, 2, 1, 1}, .input_gradient = {1, 2, 1, 1}, .weight_gradient = {1, 1, 3, 1}};
  ScheduleSearch search;
  search.times = [&](const Schedule& schedule) { return shares.times(schedule); };
  search.limit.most = 6;
  search.most_copies = 1;
  const FoundSchedule found = find_schedule({4, 12}, search);
  const Schedule h1 = make_schedule("zb_h1", {4, 12});
  EXPECT_LT(found.makespan, Recurrence().evaluate(h1, shares.times(h1)));
  EXPECT_TRUE(fits(found.schedule, search.limit));
}

TEST(AutomaticSchedule, DependsOnItsArgumentsAlone) {
  const ScheduleShape shape{5, 14};
  ScheduleSearch search =
      search_of({.forward = 1.1, .input_gradient = 0.9, .weight_gradient = 1.3, .transfer = 0.2}, shape, 6);
  const std::string first = text_of(find_schedule(shape, search).schedule);
  EXPECT_EQ(text_of(find_schedule(shape, search).schedule), first);
  // Others in between leave no trace.
  find_schedule({3, 4}, search_of({}, {3, 4}, 2));
  EXPECT_EQ(text_of(find_schedule(shape, search).schedule), first);
}

TEST(AutomaticSchedule, KeepsTheBackwardWholeWhereItsHalvesAreNotKnown) {
  ScheduleSearch search = search_of({.input_gradient = 2, .weight_gradient = 0}, {4, 8}, 4);
  search.backward = BackwardKind::whole;
  const FoundSchedule found = find_schedule({4, 8}, search);
  EXPECT_DOUBLE_EQ(found.makespan.si(), 33);
  EXPECT_EQ(found.schedule.task_count(), 64U);
  for (const auto& tasks : found.schedule.tasks) {
    for (const Task& task : tasks) EXPECT_TRUE(task.action == Action::forward || task.action == Action::backward);
  }
}

TEST(AutomaticSchedule, HoldsOneCopyOfTheModelOnRequest) {
  ScheduleSearch search = search_of({}, {8, 32}, 16);
  EXPECT_EQ(find_schedule({8, 32}, search).schedule.copies, 1U);
  search.most_copies = 2;
  const FoundSchedule two = find_schedule({8, 32}, search);
  EXPECT_EQ(two.found_by, "dualpipe");
  EXPECT_EQ(two.schedule.copies, 2U);
}

TEST(AutomaticSchedule, CountsWhatIsKeptForWeightGradients) {
  const Schedule h1 = make_schedule("zb_h1", {4, 8});
  // (P-s) M_B + s M_W of the closed forms, and at the peak the gradient that is just being made.
  EXPECT_DOUBLE_EQ(peak_activations(h1.tasks[0], 0.25), 4);
  EXPECT_DOUBLE_EQ(peak_activations(h1.tasks[3], 0.25), 1 + 3 * 0.25);
  EXPECT_TRUE(fits(h1, {.most = 4, .kept_for_weights = 0.25}));
  EXPECT_FALSE(fits(h1, {.most = 3.9, .kept_for_weights = 0.25}));
}

TEST(AutomaticSchedule, RefusesALimitThatLeavesNoRoom) {
  for (const std::uint32_t chunks : {1U, 2U, 3U}) {
    const ScheduleShape shape{4, 8, chunks};
    EXPECT_NO_THROW(find_schedule(shape, search_of({}, shape, chunks)));
    try {
      find_schedule(shape, search_of({}, shape, chunks - 0.5));
      ADD_FAILURE() << "was not refused";
    } catch (const InputError& error) {
      EXPECT_EQ(error.text().where, "memory_limit");
    }
  }
}

TEST(AutomaticSchedule, IsInTheCatalogue) {
  const ScheduleSearch search = search_of({.forward = 2}, {4, 8}, 3);
  const Schedule schedule = make_schedule("auto", {.stages = 4, .microbatches = 8, .search = &search});
  EXPECT_EQ(schedule, find_schedule({4, 8}, search).schedule);
  EXPECT_NO_THROW(check_schedule(make_schedule("auto", {4, 8}), "auto"));
}

}  // namespace
}  // namespace lockstep::workloads
