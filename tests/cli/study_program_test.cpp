#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string slow_stage =
    R"({"name": "slow stage", "workload": {"kind": "pipeline", "schedule": "1f1b", "stages": 4, "microbatches": 8,
        "forward": "10 ms", "backward": "20 ms"},
        "perturbations": [{"kind": "slow_devices", "name": "hot", "devices": [2], "factor": 1.5}]})";

TEST(StudyProgram, ListsTheStudies) {
  const ProgramRun run = run_program({"study"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("attribution"));
}

TEST(StudyProgram, SaysWhoIsToBlame) {
  const ProgramRun run = run_program({"study", "attribution", slow_stage});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("slow stage: 435 ms a step, 330 ms if nothing disturbed it: 105 ms lost"));
  EXPECT_THAT(run.out, HasSubstr("hot          105 ms      100.0 %       105 ms         345 ms\n"));
  EXPECT_THAT(run.out, HasSubstr("  replica    0  ········████····\n"));
  EXPECT_THAT(run.out, HasSubstr("█ to 0.105 s"));
}

TEST(StudyProgram, GivesTheSameFiguresAsJsonHoweverManyProcesses) {
  const ProgramRun run = run_program({"study", "attribution", slow_stage, "--json", "-", "--jobs", "1"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json blame = json::parse(run.out);
  EXPECT_NEAR(blame["lost_s"].get<double>(), 0.105, 1e-12);
  EXPECT_EQ(blame["attribution"][0]["kind"], "cause");
  EXPECT_EQ(blame["attribution"][0]["rows"][0]["name"], "hot");
  EXPECT_NEAR(blame["attribution"][0]["rows"][0]["share"].get<double>(), 1, 1e-12);
  EXPECT_GT(blame["straggling"]["S"].get<double>(), 1.1);
  EXPECT_EQ(blame["straggling"]["slowest_workers"][0]["stage"], 2);
  EXPECT_EQ(run_program({"study", "attribution", slow_stage, "--json", "-", "--jobs", "3"}).out, run.out);
}

TEST(StudyProgram, DrawsTheHeatMapAsAPicture) {
  ASSERT_EQ(run_program({"study", "attribution", slow_stage, "--svg", "map.svg"}).exit_code, 0);
  EXPECT_THAT(read_file("map.svg"), AllOf(HasSubstr("replica 0, stage 2: 0.105 s"), HasSubstr("</svg>")));
}

TEST(StudyProgram, OfUndisturbedStepsSpeaksOfUnequalWork) {
  const ProgramRun run = run_program(
      {"study", "attribution", slow_stage, "--set", "perturbations=[]", "--set", "workload.stage_scale=[1,1,1,2]"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("nothing disturbs it"), HasSubstr("S = 1.3818"), HasSubstr("M_S = "),
                             Not(HasSubstr("healed saves"))));
}

const std::string failing =
    R"({"workload": {"kind": "pipeline", "schedule": "1f1b", "stages": 2, "microbatches": 10, "forward": "40 ms",
        "backward": "60 ms"}, "engine": {"network": "contention_free"}, "run": {"steps": 10000},
        "perturbations": [{"kind": "failures", "mtbf": "1 h", "checkpoint": {"interval": "exact", "write": "60 s"}}]})";

TEST(StudyProgram, FindsTheBestIntervalBetweenCheckpoints) {
  const ProgramRun run = run_program({"study", "checkpoint", failing, "--replicas", "4", "--svg", "curve.svg"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("The job stops every 1 h on average; a checkpoint holds its steps of 1.1 s up"),
                             HasSubstr("The best of those simulated is "), HasSubstr("optimum at 10.3 min")));
  EXPECT_THAT(read_file("curve.svg"), AllOf(HasSubstr("<title>exact (10.3 min): "), HasSubstr("</svg>")));
  const ProgramRun told = run_program({"study", "checkpoint", failing, "--replicas", "4", "--json", "-"});
  const json study = json::parse(told.out);
  EXPECT_NEAR(study["mtbf_s"].get<double>(), 3600, 1e-9);
  EXPECT_EQ(study["intervals"].size(), 12);
  EXPECT_TRUE(study["form_applies"].get<bool>());
  EXPECT_EQ(run_program({"study", "checkpoint", failing, "--replicas", "4", "--json", "-", "--jobs", "1"}).out,
            told.out);
}

TEST(StudyProgram, SaysWhatAStudyOfCheckpointsNeeds) {
  const ProgramRun never =
      run_program({"study", "checkpoint", failing, "--set", "perturbations.0.checkpoint.interval=never"});
  EXPECT_EQ(never.exit_code, 2);
  EXPECT_THAT(never.err, HasSubstr("the job never saves"));
  EXPECT_EQ(run_program({"study", "checkpoint", failing, "--replicas", "1"}).exit_code, 2);
  EXPECT_EQ(run_program({"study", "checkpoint", "pipeline_1f1b"}).exit_code, 2);
}

TEST(StudyProgram, ExplainsBadRequests) {
  const ProgramRun unknown = run_program({"study", "atribution", slow_stage});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("'attribution'"));
  EXPECT_EQ(run_program({"study", "attribution"}).exit_code, 2);
  EXPECT_EQ(run_program({"study", "attribution", slow_stage, "--top", "0"}).exit_code, 2);
  const ProgramRun flat = run_program({"study", "attribution", "ring_all_reduce", "--svg", "none.svg"});
  EXPECT_EQ(flat.exit_code, 2);
  EXPECT_THAT(flat.err, HasSubstr("--svg"));
  EXPECT_FALSE(exists_file("none.svg"));
}

}  // namespace
}  // namespace lockstep::testing
