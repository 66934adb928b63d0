#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/workloads/schedules/random_schedules.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

using testing::HasSubstr;

template <class Read>
std::string refusal(Read read) {
  try {
    read();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string csv_refusal(const std::string& text, const CsvOptions& options = {}) {
  return refusal([&] { read_pytorch_csv(text, "x.csv", options); });
}

// Zero-bubble over two devices of two stages each, as PyTorch lays it out, idle slots included.
constexpr const char* zero_bubble =
    "0F0,0F1,2F0,,2F1,2I0,2W0,2I1,2W1,,0I0,0W0,0I1,0W1\r\n"
    ",1F0,1F1,3F0,3I0,3F1,3I1,3W0,1I0,3W1,1I1,1W0,1W1\r\n";

TEST(PytorchCsv, ReadsPastAByteOrderMark) {
  const Schedule schedule = read_pytorch_csv(std::string("\xEF\xBB\xBF") + zero_bubble, "x.csv");
  EXPECT_EQ(schedule.tasks, read_pytorch_csv(zero_bubble, "x.csv").tasks);
}

TEST(PytorchCsv, ReadsSlotsIdleOrNotWithEitherLineEnd) {
  const Schedule schedule = read_pytorch_csv(zero_bubble, "x.csv");
  EXPECT_EQ(schedule.devices(), 2);
  EXPECT_EQ(schedule.microbatches, 2);
  EXPECT_EQ(schedule.device_of, (std::vector<std::uint32_t>{0, 1, 0, 1}));
  EXPECT_EQ(schedule.tasks[1][0], (Task{0, 1, Action::forward}));
  EXPECT_EQ(schedule.tasks[1].back(), (Task{1, 1, Action::weight_gradient}));
  std::string unix_text = zero_bubble;
  std::erase(unix_text, '\r');
  EXPECT_EQ(read_pytorch_csv(unix_text + "\n", "x.csv"), schedule);
}

TEST(PytorchCsv, ReadsTheOldNotationWhereItIsCertain) {
  // B and W of one microbatch: B can only be the input gradient, so BW is the whole.
  const std::string old_text = "0F0,0F1,0B0,0W0,0BW1\n";
  const Schedule schedule = read_pytorch_csv(old_text, "x.csv");
  EXPECT_EQ(write_pytorch_csv(schedule), "0F0,0F1,0I0,0W0,0B1\n");
  EXPECT_EQ(read_pytorch_csv("0F0,0BW0\n", "x.csv", {.notation = ScheduleNotation::legacy}).tasks[0][1].action,
            Action::backward);
}

TEST(PytorchCsv, RefusesWhatPytorchWouldReadAsSomethingElse) {
  EXPECT_THAT(csv_refusal("0F0,0BW0\n"), AllOf(HasSubstr("x.csv: device 0, slot 1"), HasSubstr("BW is no action"),
                                               HasSubstr("0BW0 <-- HERE"), HasSubstr("legacy notation")));
  EXPECT_THAT(csv_refusal("0F0,0F1,0I0,0W0,0BW1\n"), HasSubstr("elsewhere the file uses I"));
  EXPECT_THAT(csv_refusal("0F0,0B0x\n"), HasSubstr("'0B0x' is no entry of a schedule"));
  EXPECT_THAT(csv_refusal("0F0,0B0", {.notation = ScheduleNotation::legacy}), HasSubstr("lacks the weight gradient"));
  EXPECT_THAT(csv_refusal("0F0,0I0,0W0", {.notation = ScheduleNotation::legacy}), HasSubstr("no action 'I'"));
}

TEST(PytorchCsv, RefusesWhatIsNoSchedule) {
  EXPECT_THAT(csv_refusal(""), HasSubstr("the schedule is empty"));
  EXPECT_THAT(csv_refusal("\n,,\n"), HasSubstr("the schedule is empty"));
  EXPECT_THAT(csv_refusal("F0"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("0F"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("0UNSHARD3"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("99999999999F0"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("0F99999999999"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("0JUMP0"), HasSubstr("no action 'JUMP'"));
  EXPECT_THAT(csv_refusal("(0F0;0B0)TOGETHER"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("(0F0)OVERLAP_F_B"), HasSubstr("no entry"));
  EXPECT_THAT(csv_refusal("0F0,0B0\n0F1,0B1"), HasSubstr("stage 0 is on device 0 already"));
  EXPECT_THAT(csv_refusal("0F0,0B0\n2F0,2B0"), HasSubstr("there is no stage 1, and there is a stage 2"));
}

TEST(PytorchCsv, ReadsTransfersParametersAndOverlaps) {
  const std::string text =
      "0UNSHARD,0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1,0RESHARD,0REDUCE_GRAD\n"
      "1RECV_F0,1F0,1RECV_F1,(1F1;1B0)OVERLAP_F_B,1SEND_B0,1B1,1SEND_B1\n";
  const Schedule schedule = read_pytorch_csv(text, "x.csv");
  EXPECT_EQ(schedule.transfers, TransferListing::listed);
  EXPECT_TRUE(schedule.tasks[1][3].overlaps_next);
  EXPECT_EQ(write_pytorch_csv(schedule), text);
}

TEST(PytorchCsv, WritesWhatItReadsBackEqual) {
  for (const auto& entry : schedules()) {
    for (const std::uint32_t virtual_stages : {1U, 2U}) {
      std::optional<Schedule> schedule;
      try {
        schedule = make_schedule(std::string(entry.name), {4, 8, virtual_stages});
      } catch (const InputError&) {
        continue;
      }
      EXPECT_EQ(parse_schedule(as_json(*schedule).dump(), "x.json"), *schedule) << entry.name;
      if (schedule->copies == 1 && entry.name != "pipedream_2bw") {
        EXPECT_EQ(parse_schedule(write_pytorch_csv(*schedule), "x.csv"), *schedule) << entry.name;
      }
    }
  }
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, "formats");
    const Schedule schedule =
        RandomScheduleMaker(random, seed % 2 == 0 ? TransferListing::implied : TransferListing::listed).make();
    Schedule expected = schedule;
    // Where nothing is sent there is nothing to tell listed from implied.
    EXPECT_EQ(parse_schedule(as_json(schedule).dump(), "x.json"), expected) << seed;
  }
}

TEST(PytorchCsv, SaysWhatItCannotSay) {
  EXPECT_THAT(refusal([] { write_pytorch_csv(make_schedule("chimera", {4, 8})); }), HasSubstr("2 copies of the model"));
  EXPECT_THAT(refusal([] { write_pytorch_csv(make_schedule("pipedream_2bw", {4, 8})); }), HasSubstr("no optimizer"));
}

// What PyTorch's own tests hold as the plan of its zero-bubble schedule with transfers runs as it does without them.
TEST(PytorchCsv, GivesTransfersTheirPlaceWithoutCostingTime) {
  const std::string with_transfers =
      "0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,2I1,"
      "2SEND_B1,2W1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1\n"
      "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3I0,3SEND_B0,3RECV_F1,3F1,3I1,3SEND_B1,1RECV_B0,3W0,"
      "1I0,1SEND_B0,3W1,1RECV_B1,1I1,1SEND_B1,1W0,1W1\n";
  ScheduleTimes times;
  times.forward = times.input_gradient = times.weight_gradient = TimeTable(Seconds(1));
  const auto listed = evaluate_schedule(read_pytorch_csv(with_transfers, "x.csv"), times);
  const auto implied = evaluate_schedule(read_pytorch_csv(zero_bubble, "x.csv"), times);
  EXPECT_EQ(listed.makespan, implied.makespan);
  EXPECT_EQ(listed.makespan.si(), 13);  // the slots of the longer row
}

std::string json_refusal(const std::string& text) {
  return refusal([&] { parse_schedule(text, "x.json"); });
}

TEST(ScheduleJson, RefusesWhatIsWrong) {
  EXPECT_THAT(json_refusal("{}"), HasSubstr("microbatches"));
  EXPECT_THAT(json_refusal(R"({"microbatches":1,"placement":[0],"tasks":[["0F0","0B0"]],"colour":1})"),
              HasSubstr("colour"));
  EXPECT_THAT(json_refusal(R"({"microbatches":1,"placement":[-1],"tasks":[["0F0","0B0"]]})"),
              HasSubstr("no device -1"));
  EXPECT_THAT(json_refusal(R"({"microbatches":1,"placement":[3],"tasks":[["0F0","0B0"]]})"),
              HasSubstr("stage 0 is placed on device 3, and there are 1"));
  EXPECT_THAT(json_refusal(R"({"microbatches":1,"placement":[0],"tasks":[["0F0","0BW0"]]})"),
              AllOf(HasSubstr("tasks[0][1]"), HasSubstr("no action 'BW'")));
  EXPECT_THAT(json_refusal(R"({"microbatches":1,"placement":[0,1],"tasks":[["0F0","0SEND_F0"],["1F0"]]})"),
              HasSubstr(R"(write "transfers": "listed")"));
  EXPECT_THAT(json_refusal(R"({"microbatches":1,"placement":[0,0,0],"copies":2,"tasks":[["0F0","0B0"]]})"),
              HasSubstr("cannot be 2 equal copies"));
}

}  // namespace
}  // namespace lockstep::workloads
