#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(ScheduleProgram, ListsTheSchedules) {
  const ProgramRun run = run_program({"schedule"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("zb_h2"));
}

TEST(ScheduleProgram, DrawsOneRowADevicePlainInPipes) {
  const ProgramRun run = run_program({"schedule", "1f1b", "--stages", "2", "--microbatches", "2"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out,
            "1f1b: 2 devices, 2 chunks, 2 microbatches; makespan 9 ms, bubble 33.33 %, at most 2 chunks in flight\n"
            " 0 F0--------F1--------....................B0------------------..........B1------------------\n"
            " 1 ..........F0--------B0------------------F1--------B1------------------\n"
            "F forward, B backward, then the microbatch; one character is 100 us\n");
}

TEST(ScheduleProgram, TakesTimesAndSaysTheirMakespan) {
  const ProgramRun run = run_program({"schedule", "1f1b", "--stages", "3", "--microbatches", "5", "--forward", "10 ms",
                                      "--backward", "20 ms", "--set", "stage_scale=[1,2,1]", "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  // One slow stage q of factor s (Σ over the stages before it, its own work, and what drains after it): P05.
  EXPECT_DOUBLE_EQ(json::parse(run.out)["makespan_s"].get<double>(), 0.03 + 5 * 0.06 + (0.03 - 0.02));
}

TEST(ScheduleProgram, ComparesAndSaysWhyAShapeIsRefused) {
  const ProgramRun run = run_program({"schedule", "--compare", "gpipe,zb_h1,dualpipe", "--stages", "3"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("gpipe"));
  EXPECT_THAT(run.out, HasSubstr("even"));
  EXPECT_EQ(run_program({"schedule", "--compare", "gpipe,zbh1"}).exit_code, 2);
}

TEST(ScheduleProgram, WritesWhatItReadsBackEqual) {
  const ProgramRun first =
      run_program({"schedule", "zb_v", "--csv", "zb_v.csv", "--svg", "zb_v.svg", "--trace", "t.json"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const ProgramRun second = run_program({"schedule", "zb_v.csv", "--csv", "again.csv", "--check"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(read_file("again.csv"), read_file("zb_v.csv"));
  EXPECT_THAT(second.out, HasSubstr("no deadlock"));
  EXPECT_THAT(read_file("zb_v.svg"), HasSubstr("</svg>"));
  EXPECT_GT(json::parse(read_file("t.json"))["traceEvents"].size(), 4U * 8 * 3);
}

TEST(ScheduleProgram, WritesTwoCopiesAsJsonAndReadsThemBackEqual) {
  const ProgramRun first = run_program({"schedule", "dualpipe", "--schedule-json", "dp.json"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const ProgramRun second = run_program({"schedule", "dp.json", "--schedule-json", "dp_again.json", "--check"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(read_file("dp_again.json"), read_file("dp.json"));
  EXPECT_THAT(run_program({"schedule", "dualpipe", "--csv", "dp.csv"}).err, HasSubstr("--schedule-json"));
}

json compared(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"schedule"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.insert(all.end(), {"--json", "-"});
  const ProgramRun run = run_program(all);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return json::parse(run.out)["schedules"];
}

TEST(ScheduleProgram, ComparesEachScheduleWithTheChunksThatSuitIt) {
  const json usual = compared({"1f1b", "--compare", "interleaved_1f1b"});
  ASSERT_EQ(usual.size(), 2U);
  EXPECT_EQ(usual[0]["schedule"], "1f1b");
  EXPECT_EQ(usual[1]["stages"], 8);
  // P-1 of M+P-1 slots, and half as many with two chunks a device.
  EXPECT_NEAR(usual[0]["bubble_fraction"].get<double>(), 3.0 / 11, 1e-12);
  EXPECT_NEAR(usual[1]["bubble_fraction"].get<double>(), 1.5 / 9.5, 1e-12);
  const json four = compared({"--compare", "1f1b,interleaved_1f1b,zb_v", "--virtual-stages", "4"});
  EXPECT_EQ(four[0]["note"], "has 1 chunk a device");
  EXPECT_EQ(four[1]["stages"], 16);
  EXPECT_EQ(four[2]["note"], "has 2 chunks a device");
}

TEST(ScheduleProgram, ComparesMemoryAndSpansOfZeroBubble) {
  const json rows =
      compared({"--compare", "1f1b,zb_h2,zb_v", "--forward", "1 ms", "--backward", "2 ms", "--microbatches", "12"});
  EXPECT_EQ(rows[1]["note"], "backward split into equal halves");
  EXPECT_NEAR(rows[1]["span_bubble_fraction"].get<double>(), 0, 1e-12);
  EXPECT_GT(rows[1]["bubble_fraction"].get<double>(), 0.05);
  // 1F1B keeps P microbatches on its first device, and so does zb_v, in twice as many chunks.
  EXPECT_EQ(rows[0]["peak_activation_shares"], 4.0);
  EXPECT_EQ(rows[2]["peak_activation_shares"], 4.0);
  EXPECT_EQ(rows[2]["per_device"][0]["peak_until_weight_gradient"], 8);
}

TEST(ScheduleProgram, NamesTheOptionThatIsAtFault) {
  EXPECT_THAT(run_program({"schedule", "1f1b", "--stages", "0"}).err, HasSubstr("--stages"));
  EXPECT_THAT(run_program({"schedule", "1f1b", "--set", "stages=0"}).err, HasSubstr("--set: stages"));
  EXPECT_THAT(run_program({"schedule", "1f1b", "--set", "stages=4", "--stages", "5"}).out, HasSubstr("5 devices"));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"schedule", "--stages", "4"},
                                                {"schedule", "--compare", "1f1b", "--svg", "x.svg"},
                                                {"schedule", "1f1b", "--microbatches", "10000000"},
                                                {"schedule", "1f1b", "--csv", "-", "--json", "-"}}) {
    EXPECT_EQ(run_program(wrong).exit_code, 2) << wrong[1];
  }
}

TEST(ScheduleProgram, CondensesManyTasksByTheirShares) {
  const ProgramRun run = run_program({"schedule", "1f1b", "--stages", "8", "--microbatches", "200"});
  EXPECT_THAT(run.out, HasSubstr("condensed"));
  EXPECT_THAT(run.out, HasSubstr(std::string(50, 'x')));
}

TEST(ScheduleProgram, ExplainsBadSchedules) {
  const ProgramRun unknown = run_program({"schedule", "1f1"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("'1f1b'"));
  const ProgramRun twice = run_program({"schedule", write_file("twice.csv", "0F0,0F0,0B0\n")});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("device 0"));
  const ProgramRun stuck = run_program({"schedule", write_file("stuck.csv", "0F0,0B0,0F1,0B1\n1F1,1B1,1F0,1B0\n")});
  EXPECT_EQ(stuck.exit_code, 1);
  EXPECT_THAT(stuck.err, HasSubstr("waits for"));
  EXPECT_EQ(run_program({"schedule", "1f1b", "--stages", "0"}).exit_code, 2);
  EXPECT_EQ(run_program({"schedule", "1f1b", "--set", "stagess=3"}).exit_code, 2);
}

}  // namespace
}  // namespace lockstep::testing
