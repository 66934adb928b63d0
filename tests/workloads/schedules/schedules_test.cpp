#include "workloads/schedules/schedules.hpp"

#include <gtest/gtest.h>

namespace lockstep::workloads {
namespace {

std::string refusal(const std::string& name, const ScheduleShape& shape) {
  try {
    make_schedule(name, shape, "scenario.json: workload.schedule");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string row(const Schedule& schedule, std::uint32_t device) {
  std::string text;
  const auto& tasks = schedule.tasks[device];
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    text += (i == 0 ? "" : " ") + entry_text(tasks, i);
    if (tasks[i].overlaps_next) ++i;
  }
  return text;
}

TEST(Schedules, RefuseNamesThatTheyLack) {
  const std::string text = refusal("zb_h3", {4, 8});
  EXPECT_NE(text.find("there is no schedule 'zb_h3'"), std::string::npos) << text;
  EXPECT_NE(text.find("zb_h1"), std::string::npos) << text;
}

TEST(Schedules, RefuseShapesWithTheReasonAndWhatWouldDo) {
  struct Refusal {
    std::string name;
    ScheduleShape shape;
    std::string field, suggestion;
  };
  const std::vector<Refusal> refusals = {
      {"gpipe", {4, 8, 2}, "workload.virtual_stages", "\"virtual_stages\": 1"},
      {"zb_v", {4, 8, 1}, "workload.virtual_stages", "\"virtual_stages\": 2"},
      {"interleaved_1f1b", {4, 9, 2}, "workload.microbatches", "write 8 or 12 microbatches"},
      {"dualpipe", {3, 8, 1}, "workload.stages", "write 4"},
      {"dualpipe", {4, 6, 1}, "workload.microbatches", "write 8"},
      {"dualpipe", {4, 9, 1}, "workload.microbatches", "write 10"},
      {"dualpipe_v", {4, 7, 2}, "workload.microbatches", "write at least 8"},
      {"chimera", {5, 8, 1}, "workload.stages", "write 6"},
      {"chimera", {4, 7, 1}, "workload.microbatches", "write 8"},
      {"breadth_first", {8192, 8, 64}, "workload.virtual_stages", ""},
      {"gpipe", {8192, 1U << 20, 1}, "workload.microbatches", ""}};
  for (const auto& [name, shape, field, suggestion] : refusals) {
    const std::string text = refusal(name, shape);
    EXPECT_NE(text.find("scenario.json: " + field), std::string::npos) << name << ": " << text;
    EXPECT_NE(text.find(suggestion), std::string::npos) << name << ": " << text;
  }
}

TEST(Schedules, InterleaveInMegatronsOrder) {
  const Schedule schedule = make_schedule("interleaved_1f1b", {2, 4, 2});
  EXPECT_EQ(row(schedule, 0), "0F0 0F1 2F0 2F1 0F2 2B0 0F3 2B1 2F2 0B0 2F3 0B1 2B2 2B3 0B2 0B3");
  EXPECT_EQ(row(schedule, 1), "1F0 1F1 3F0 3B0 3F1 3B1 1F2 1B0 1F3 1B1 3F2 3B2 3F3 3B3 1B2 1B3");
}

// PyTorch: rounds = max(1, microbatches / stages), which must divide the microbatches.
TEST(Schedules, InterleaveOtherNumbersOfMicrobatchesAsPyTorchDoes) {
  EXPECT_EQ(row(make_schedule("interleaved_1f1b", {2, 3, 2}), 1), "1F0 1F1 1F2 3F0 3B0 3F1 3B1 3F2 3B2 1B0 1B1 1B2");
  EXPECT_EQ(make_schedule("interleaved_1f1b", {4, 10, 2}).task_count(), 160);
}

TEST(Schedules, GiveEachDirectionItsOwnCopyOfTheModel) {
  const Schedule schedule = make_schedule("chimera", {4, 4});
  EXPECT_EQ(schedule.copies, 2);
  EXPECT_EQ(row(schedule, 0), "0F0 0F1 7F2 7B2 7F3 7B3 0B0 0B1");
  EXPECT_EQ(row(schedule, 1), "1F0 6F2 1F1 6F3 6B2 1B0 6B3 1B1");
  EXPECT_EQ(schedule.first_microbatch(7), 2);
  EXPECT_EQ(schedule.end_microbatch(7), 4);
  EXPECT_TRUE(schedule.is_first(4));
  EXPECT_TRUE(schedule.is_last(3));
}

TEST(Schedules, OverlapForwardsWithBackwardsInDualPipe) {
  EXPECT_EQ(row(make_schedule("dualpipe", {2, 4}), 0), "0F0 3F2 0F1 3B2 (3F3;0B0)OVERLAP_F_B 3B3 0I1 0W1");
}

TEST(Schedules, UpdateTheWeightsWithoutAFlushInPipedream2bw) {
  EXPECT_EQ(row(make_schedule("pipedream_2bw", {2, 4}), 0), "0F0 0F1 0B0 0F2 0B1 0OPTIMIZER 0F3 0B2 0B3 0OPTIMIZER");
}

}  // namespace
}  // namespace lockstep::workloads
