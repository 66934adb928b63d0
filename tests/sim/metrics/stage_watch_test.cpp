#include "sim/metrics/stage_watch.hpp"

#include <gtest/gtest.h>

namespace lockstep::sim {
namespace {

using workloads::RankId;

// Every three operations are one task, but for the first, which belongs to none.
std::optional<std::uint32_t> in_threes(RankId, std::uint64_t position) {
  if (position == 0) return std::nullopt;
  return static_cast<std::uint32_t>((position - 1) / 3);
}

OpSpan computation(std::uint32_t rank, std::uint64_t position, double start, double end) {
  OpSpan span{};
  span.start = Seconds(start);
  span.end = Seconds(end);
  span.place.rank = RankId(rank);
  span.place.position = position;
  span.kind = workloads::OpKind::compute;
  return span;
}

void tell(StageWatch& watch, std::uint32_t rank, std::uint64_t position, double start, double end) {
  watch.op_done(computation(rank, position, start, end));
}

TEST(StageWatch, CountsATaskFromItsFirstOperationToItsLast) {
  StageWatch watch({{.stage = 0}}, in_threes);
  tell(watch, 0, 0, 0, 10);  // before the first task
  tell(watch, 0, 1, 10, 11);
  tell(watch, 0, 2, 12, 13);  // the gap before it belongs to the task
  tell(watch, 0, 3, 13, 14);
  tell(watch, 0, 4, 20, 21);  // the gap before it lies between tasks
  const StageWatch::Summary summary = watch.summary(Seconds(0));
  EXPECT_DOUBLE_EQ(summary.stages[0].busy.si(), 5);
  EXPECT_DOUBLE_EQ(summary.stages[0].first_start.si(), 10);
  EXPECT_DOUBLE_EQ(summary.stages[0].last_end.si(), 21);
  EXPECT_DOUBLE_EQ(summary.bubble_fraction, 6.0 / 11);
}

TEST(StageWatch, TakesTheMeanOfAStagesRanks) {
  StageWatch watch({{.stage = 0}, {.stage = 1}, {.stage = 0}, {.stage = 1}}, in_threes);
  tell(watch, 0, 1, 1, 3);
  tell(watch, 2, 1, 2, 6);
  tell(watch, 1, 1, 3, 4);
  tell(watch, 3, 1, 6, 7);
  const StageWatch::Summary summary = watch.summary(Seconds(1));
  ASSERT_EQ(summary.stages.size(), 2U);
  EXPECT_DOUBLE_EQ(summary.stages[0].busy.si(), 3);
  EXPECT_DOUBLE_EQ(summary.stages[1].busy.si(), 1);
  EXPECT_DOUBLE_EQ(summary.stages[0].first_start.si(), 0);
  EXPECT_DOUBLE_EQ(summary.stages[0].last_end.si(), 5);
  EXPECT_DOUBLE_EQ(summary.stages[1].first_start.si(), 2);
  EXPECT_DOUBLE_EQ(summary.stages[1].last_end.si(), 6);
  EXPECT_DOUBLE_EQ(summary.bubble_fraction, 1 - 8.0 / (4 * 6));
}

// Three ranks that do like the first, and one other.
TEST(StageWatch, CountsRanksThatStandForOthersAsMany) {
  StageWatch watch({{.stage = 0, .count = 3}, {.stage = 0}}, in_threes);
  tell(watch, 0, 1, 0, 2);
  tell(watch, 1, 1, 0, 10);
  const StageWatch::Summary summary = watch.summary(Seconds(0));
  EXPECT_DOUBLE_EQ(summary.stages[0].busy.si(), 4);
  EXPECT_DOUBLE_EQ(summary.bubble_fraction, 1 - 16.0 / 40);
}

TEST(StageWatch, LooksAtTheFirstStreamAlone) {
  StageWatch watch({{.stage = 0}}, in_threes);
  tell(watch, 0, 1, 1, 2);
  OpSpan beside = computation(0, 2, 5, 9);
  beside.place.stream = workloads::StreamId(1);
  watch.op_done(beside);
  EXPECT_DOUBLE_EQ(watch.summary(Seconds(0)).stages[0].busy.si(), 1);
}

// As where it waits for weights before it computes.
TEST(StageWatch, ATaskBeginsWithWhatItDoesRatherThanWithAMark) {
  StageWatch watch({{.stage = 0}}, in_threes);
  OpSpan mark = computation(0, 1, 2, 2);
  mark.kind = workloads::OpKind::exchange;
  watch.op_done(mark);
  tell(watch, 0, 2, 5, 9);
  const StageWatch::Summary summary = watch.summary(Seconds(0));
  EXPECT_DOUBLE_EQ(summary.stages[0].busy.si(), 4);
  EXPECT_DOUBLE_EQ(summary.stages[0].first_start.si(), 5);
}

}  // namespace
}  // namespace lockstep::sim
