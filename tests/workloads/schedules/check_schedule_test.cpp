#include "workloads/schedules/check_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

using testing::HasSubstr;

std::string refusal(const Schedule& schedule) {
  try {
    check_schedule(schedule, "x");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

std::string refusal(const std::string& csv) {
  try {
    read_pytorch_csv(csv, "x");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(CheckSchedule, AcceptsAllOfTheCatalogue) {
  for (const auto& entry : schedules()) {
    for (std::uint32_t stages = 1; stages <= 6; ++stages) {
      for (std::uint32_t microbatches = 1; microbatches <= 14; ++microbatches) {
        for (const std::uint32_t virtual_stages : {1U, 2U, 3U}) {
          std::optional<Schedule> schedule;
          try {
            schedule = make_schedule(std::string(entry.name), {stages, microbatches, virtual_stages});
          } catch (const InputError&) {
            continue;
          }
          EXPECT_EQ(refusal(*schedule), "") << entry.name << " " << stages << " " << microbatches;
        }
      }
    }
  }
}

TEST(CheckSchedule, NamesDeviceAndEntryAndShowsTheRow) {
  const std::string text = refusal("0F0,0F1,0B0,0B1\n1F0,1B0,1F1,1B0\n");
  EXPECT_THAT(text, HasSubstr("x: device 1, entry 3: '1B0' is there twice, first as entry 1"));
  EXPECT_THAT(text, HasSubstr("device 1: 1F0 1B0 1F1 1B0 <-- HERE"));
}

TEST(CheckSchedule, HasAMessageOfItsOwnForEachMistake) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"0F0,0B0,0F0", "is there twice"},
      {"0B0,0F0", "comes without the forward '0F0' before it"},
      {"0F0,0W0,0I0", "comes without the input gradient '0I0' before it"},
      {"0F0,0I0,0W0,0B0", "repeats the backward '0I0'"},
      {"0F0,0F1,0I1,0W1,0B0,0W0", "repeats the weight gradient of the full backward"},
      {"0F0,0B0,0B1", "comes without the forward '0F1'"},
      {"0F0,0B0,0F1", "device 0 lacks the backward '0B1': 1 of 2 microbatches of stage 0 have one"},
      {"0F0,0I0", "lacks the weight gradient '0W0'"},
      {"0F0,0B0,0F1,0B1\n1F0,1B0", "device 1 lacks the forward '1F1': 1 of 2"},
      {"(0F0;0UNSHARD)OVERLAP_F_B,0B0", "only two computations can overlap"},
      {"0UNSHARD,0UNSHARD,0F0,0B0", "gathers parameters that are there already"},
      {"0RESHARD,0F0,0B0", "releases parameters that were not gathered"},
      {"0UNSHARD,0F0,0RESHARD,0B0", "needs parameters that are not gathered"},
      {"0F0,0F1,0B0,0REDUCE_GRAD,0B1", "comes after the gradients of its stage were reduced"},
      {"0F0,0SEND_F0,0RECV_B0,0B0\n1F0,1RECV_F0,1B0,1SEND_B0", "comes without its input received before it"},
      {"0SEND_F0,0F0,0RECV_B0,0B0\n1RECV_F0,1F0,1B0,1SEND_B0", "sends activations before the forward"},
      {"0F0,0SEND_F0,0RECV_B0,0B0\n1RECV_F0,1F0,1SEND_B0,1B0", "sends gradients before the backward"},
      {"0F0,0SEND_F0,0RECV_B0,0B0\n1F0,1B0,1SEND_B0", "lacks its other half '1RECV_F0' on device 1"},
      {"0F0,0RECV_B0,0B0\n1RECV_F0,1F0,1B0,1SEND_B0", "lacks its other half '0SEND_F0' on device 0"},
      {"0F0,0SEND_F0,1F0,1B0,0B0", "is a transfer between two stages of one device"},
      {"0F0,0SEND_F0,0B0", "has no stage at its other end"},
      {"0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1\n"
       "1RECV_F1,1F1,1RECV_F0,1F0,1B0,1SEND_B0,1B1,1SEND_B1",
       "is out of order: what device 0 sends next is '0SEND_F0'"},
      {"0F0,0B0,0F1,0B1\n1F0,1F1,1B0,1B1", "the schedule is deadlocked"},
  };
  std::set<std::string> distinct;
  for (const auto& [csv, message] : mistakes) {
    EXPECT_THAT(refusal(csv), HasSubstr(message)) << csv;
    distinct.insert(message);
  }
  EXPECT_EQ(distinct.size(), mistakes.size());
}

TEST(CheckSchedule, ChecksTheShapeFirst) {
  Schedule schedule = make_schedule("1f1b", {2, 4});
  Schedule broken = schedule;
  broken.device_of[1] = 2;
  EXPECT_THAT(refusal(broken), HasSubstr("stage 1 is placed on device 2"));
  broken = schedule;
  broken.device_of = {1, 0};
  EXPECT_THAT(refusal(broken), HasSubstr("is about stage 0, which device 1 holds"));
  broken = schedule;
  broken.tasks[0][0].chunk = 9;
  EXPECT_THAT(refusal(broken), HasSubstr("names a stage that does not exist: there are 2"));
  broken = schedule;
  broken.microbatches = 3;
  EXPECT_THAT(refusal(broken), HasSubstr("names a microbatch that stage 0 does not have: its are 0 to 2"));
  broken = schedule;
  broken.copies = 3;
  EXPECT_THAT(refusal(broken), HasSubstr("equal copies"));
  broken = schedule;
  broken.tasks[0].back().overlaps_next = true;
  EXPECT_THAT(refusal(broken), HasSubstr("only two computations can overlap"));
  EXPECT_THAT(refusal(Schedule()), HasSubstr("the schedule is empty"));
}

TEST(CheckSchedule, ShowsTheWholeCircleOfADeadlock) {
  try {
    read_pytorch_csv("0F0,0B0,0F1,0B1\n1F0,1F1,1B0,1B1\n", "x");
    FAIL();
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), HasSubstr("device 0 at position 1 (0B0) waits for 1B0 of device 1"));
    EXPECT_THAT(error.what(), HasSubstr("device 1 at position 1 (1F1) waits for 0F1 of device 0"));
  }
}

TEST(CheckSchedule, ShowsLongRowsAroundTheMistake) {
  const Schedule schedule = make_schedule("1f1b", {2, 40});
  EXPECT_EQ(marked_row(schedule.tasks[1], 20),
            "… 1F7 1B7 1F8 1B8 1F9 1B9 1F10 <-- HERE 1B10 1F11 1B11 1F12 1B12 1F13 …");
}

}  // namespace
}  // namespace lockstep::workloads
