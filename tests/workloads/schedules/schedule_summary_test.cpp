#include "workloads/schedules/schedule_summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "tests/workloads/schedules/times.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

std::vector<std::uint32_t> peaks(const Schedule& schedule) {
  std::vector<std::uint32_t> all;
  all.reserve(schedule.tasks.size());
  for (const auto& tasks : schedule.tasks) all.push_back(peak_in_flight(tasks).until_gradient);
  return all;
}

std::vector<std::uint32_t> peaks_until_weights(const Schedule& schedule) {
  std::vector<std::uint32_t> all;
  all.reserve(schedule.tasks.size());
  for (const auto& tasks : schedule.tasks) all.push_back(peak_in_flight(tasks).until_weight_gradient);
  return all;
}

// Applies to each of `stages`.
template <class Peak>
std::vector<std::uint32_t> of_stages(std::uint32_t stages, Peak peak) {
  std::vector<std::uint32_t> all(stages);
  for (std::uint32_t stage = 0; stage < stages; ++stage) all[stage] = peak(stage);
  return all;
}

TEST(PeakInFlight, IsThatOfTheClosedForms) {
  for (std::uint32_t p = 1; p <= 16; ++p) {
    for (std::uint32_t m = 1; m <= 64; ++m) {
      EXPECT_EQ(peaks(make_schedule("gpipe", {p, m})), of_stages(p, [&](std::uint32_t) { return m; }));
      EXPECT_EQ(peaks(make_schedule("1f1b", {p, m})),
                of_stages(p, [&](std::uint32_t s) { return std::min(p - s, m); }));
      EXPECT_EQ(peaks(make_schedule("eager_1f1b", {p, m})),
                of_stages(p, [&](std::uint32_t s) { return std::min(2 * (p - 1 - s) + 1, m); }));
      for (const std::uint32_t v : {1U, 2U, 3U}) {
        EXPECT_EQ(peaks(make_schedule("breadth_first", {p, m, v})), of_stages(p, [&](std::uint32_t) { return m * v; }));
        if (m % p != 0) continue;
        EXPECT_EQ(peaks(make_schedule("interleaved_1f1b", {p, m, v})), of_stages(p, [&](std::uint32_t s) {
                    return m == p ? m * v : std::min(2 * (p - s - 1) + (v - 1) * p + 1, m * v);
                  }));
      }
      if (m >= p) {
        EXPECT_EQ(peaks(make_schedule("zb_h1", {p, m})), of_stages(p, [&](std::uint32_t s) { return p - s; }));
      }
      if (m < 2 * p - 1) continue;
      EXPECT_EQ(peaks(make_schedule("zb_h2", {p, m})), of_stages(p, [&](std::uint32_t s) { return 2 * (p - s) - 1; }));
      EXPECT_EQ(peaks_until_weights(make_schedule("zb_v", {p, m, 2})),
                of_stages(p, [&](std::uint32_t) { return 2 * p; }));
      if (m < 2 * p || m % 2 != 0 || p % 2 != 0) continue;
      EXPECT_EQ(peaks(make_schedule("dualpipe", {p, m})), of_stages(p, [&](std::uint32_t) { return p + 1; }));
    }
  }
}

// The closed forms of H1 and H2 count one unit for each activation until its weight gradient; a stage then holds as
// many as the first.
TEST(PeakInFlight, OfZeroBubbleUntilTheWeightGradientIsTheSameOnEveryStage) {
  EXPECT_EQ(peaks_until_weights(make_schedule("zb_h1", {4, 8})), std::vector<std::uint32_t>(4, 4));
  EXPECT_EQ(peaks_until_weights(make_schedule("zb_h2", {4, 8})), std::vector<std::uint32_t>(4, 7));
}

TEST(PeakInFlight, OfChimeraLiesBetweenHalfOfTheStagesAndAllOfThem) {
  EXPECT_EQ(peaks(make_schedule("chimera", {8, 64})), (std::vector<std::uint32_t>{5, 6, 7, 8, 8, 7, 6, 5}));
}

TEST(ScheduleSummary, TellsTheFiguresOfOneForwardOneBackward) {
  const auto summary = evaluate_schedule(make_schedule("1f1b", {4, 8}), times_of({.forward = 1}));
  EXPECT_DOUBLE_EQ(summary.makespan.si(), 33);
  EXPECT_DOUBLE_EQ(summary.bubble_fraction, 3.0 / 11);
  for (std::uint32_t stage = 0; stage < 4; ++stage) {
    EXPECT_DOUBLE_EQ(summary.stages[stage].busy.si(), 24);
    EXPECT_DOUBLE_EQ(summary.stages[stage].first_start.si(), stage);
    EXPECT_DOUBLE_EQ(summary.stages[stage].last_end.si(), 33 - 2.0 * stage);
    EXPECT_EQ(summary.stages[stage].peak_in_flight, 4 - stage);
  }
}

// Qi et al. 2024: published bubbles are those of the longest stage span.
TEST(ScheduleSummary, SpansOfZeroBubbleAreThePublishedOnes) {
  auto longest_span = [](const ScheduleSummary& summary) {
    double longest = 0;
    for (const auto& stage : summary.stages) longest = std::max(longest, (stage.last_end - stage.first_start).si());
    return longest;
  };
  const Share uneven{.forward = 0.8, .input_gradient = 1.5, .weight_gradient = 1.6};
  EXPECT_NEAR(longest_span(evaluate_schedule(make_schedule("zb_h1", {6, 11}), times_of(uneven))), 50.4, 1e-12);
  EXPECT_NEAR(longest_span(evaluate_schedule(make_schedule("zb_h2", {6, 11}), times_of(uneven))), 46.4, 1e-12);
  const Share even{.forward = 3.1, .input_gradient = 3.1, .weight_gradient = 3.1};
  EXPECT_NEAR(longest_span(evaluate_schedule(make_schedule("zb_v", {3, 5, 2}), times_of(even, 2))), 46.5, 1e-12);
}

TEST(ScheduleSummary, CausesOfIdlenessAddUpToIt) {
  for (const auto& entry : schedules()) {
    const std::uint32_t chunks = entry.name == "zb_v" || entry.name == "dualpipe_v" ? 2 : 1;
    for (const auto occupies : {TransferOccupies::nobody, TransferOccupies::sender}) {
      ScheduleTimes times = times_of({.forward = 1.1, .input_gradient = 0.9, .weight_gradient = 0.7, .transfer = 0.3});
      times.occupies = occupies;
      const auto summary = evaluate_schedule(make_schedule(std::string(entry.name), {4, 12, chunks}), times);
      for (const auto& stage : summary.stages) {
        const IdleCauses& idle = stage.idle;
        const Seconds sum = stage.busy + idle.warm_up + idle.drain + idle.transfer + idle.imbalance;
        EXPECT_NEAR(sum.si(), summary.makespan.si(), 1e-9) << entry.name;
        for (const Seconds part : {idle.warm_up, idle.drain, idle.transfer, idle.imbalance}) {
          EXPECT_GE(part, Seconds(-1e-12)) << entry.name;
        }
      }
    }
  }
}

TEST(ScheduleSummary, OneSlowStageLeavesTheOthersImbalanced) {
  ScheduleTimes times = times_of({});
  times.forward = TimeTable(std::vector<Seconds>{Seconds(1), Seconds(2), Seconds(1)});
  const auto summary = evaluate_schedule(make_schedule("1f1b", {3, 30}), times);
  EXPECT_GT(summary.stages[0].idle.imbalance, Seconds(20));
  EXPECT_LT(summary.stages[1].idle.imbalance, Seconds(1));
}

TEST(Recurrence, ShowsTheCircleOfADeadlock) {
  Schedule schedule = make_schedule("1f1b", {2, 2});
  // Device 0 wants its first backward before it has sent the second forward, which device 1 wants first.
  schedule.tasks[0] = {
      {0, 0, Action::forward}, {0, 0, Action::backward}, {1, 0, Action::forward}, {1, 0, Action::backward}};
  schedule.tasks[1] = {
      {0, 1, Action::forward}, {1, 1, Action::forward}, {0, 1, Action::backward}, {1, 1, Action::backward}};
  Recurrence recurrence;
  EXPECT_FALSE(recurrence.evaluate(schedule, times_of({})));
  const std::string circle = recurrence.deadlock();
  EXPECT_NE(circle.find("device 0 at position 1 (0B0) waits for 1B0 of device 1"), std::string::npos) << circle;
  EXPECT_NE(circle.find("device 1 at position 1 (1F1) waits for 0F1 of device 0"), std::string::npos) << circle;
  EXPECT_THROW(evaluate_schedule(schedule, times_of({})), SimulationError);
}

TEST(Recurrence, IsReadyForTheNextSchedule) {
  Recurrence recurrence;
  EXPECT_EQ(recurrence.evaluate(make_schedule("gpipe", {8, 9}), times_of({}))->si(), 48);
  EXPECT_EQ(recurrence.evaluate(make_schedule("gpipe", {2, 3}), times_of({}))->si(), 12);
  EXPECT_EQ(recurrence.evaluate(make_schedule("gpipe", {8, 9}), times_of({}))->si(), 48);
}

}  // namespace
}  // namespace lockstep::workloads
