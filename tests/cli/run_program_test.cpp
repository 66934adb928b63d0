#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

TEST(RunProgram, SaysBeforehandThatAFolderIsMissing) {
  const ProgramRun run = run_program({"run", "incast", "--json", "/no such folder/results.json"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("there is no folder '/no such folder'"), std::string::npos) << run.err;
}

using ::testing::HasSubstr;

const std::string scenario =
    R"({"fleet":{"topology":"switch","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 us"}},)"
    R"("workload":{"kind":"collective","operation":"all_reduce","algorithm":"ring","bytes":"1 MiB"}})";

// What a person is told who is wrong.
void expect_refusal(const std::vector<std::string>& arguments, const std::string& text) {
  const ProgramRun run = run_program(arguments);
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_THAT(run.err, HasSubstr(text));
  EXPECT_EQ(run.out, "");
}

TEST(RunProgram, RefusesTracesOfRanksThatDoNotExist) {
  expect_refusal({"run", scenario, "--trace", "t.json", "--trace-ranks", "99"}, "ranks are numbered from 0 to 7");
  expect_refusal({"run", scenario, "--trace-ranks", "1"}, "--trace FILE");
  EXPECT_FALSE(exists_file("t.json"));
}

TEST(RunProgram, ListsScenariosOnlyWhereNothingElseIsAskedFor) {
  EXPECT_EQ(run_program({"run"}).exit_code, 0);
  expect_refusal({"run", ""}, "no scenario is named");
  expect_refusal({"run", "--set", "a=1"}, "no scenario is named");
  expect_refusal({"run", "--seed", "1"}, "no scenario is named");
}

TEST(RunProgram, RefusesTwoOutputsInOnePlace) {
  expect_refusal({"run", scenario, "--trace", "one.json", "--json", "./one.json"}, "cannot take both");
  expect_refusal({"run", scenario, "--trace", "-", "--json", "-"}, "standard output cannot take both");
  expect_refusal({"run", scenario, "--trace", "-", "--program", "-"}, "standard output cannot take both");
  EXPECT_FALSE(exists_file("one.json"));
  expect_refusal({"schedule", "1f1b", "--csv", "one.csv", "--svg", "one.csv"}, "cannot take both");
  EXPECT_EQ(run_program({"run", scenario, "--trace", "/dev/null", "--program", "/dev/null"}).exit_code, 0);
}

TEST(RunProgram, DoesNotReplaceTheScenarioThatItReads) {
  const std::string path = write_file("scenario.json", scenario);
  expect_refusal({"run", path, "--json", "scenario.json"}, "which is read");
  EXPECT_EQ(read_file("scenario.json"), scenario);
}

TEST(RunProgram, LeavesStandardOutputToAFileThatGoesThere) {
  const ProgramRun trace = run_program({"run", scenario, "--trace", "-"});
  EXPECT_TRUE(nlohmann::json::accept(trace.out)) << trace.out.substr(0, 200);
  const ProgramRun program = run_program({"run", scenario, "--program", "-", "--json", "results.json"});
  EXPECT_EQ(program.exit_code, 0) << program.err;
  EXPECT_THAT(program.out, ::testing::Not(HasSubstr("bus bandwidth")));
  EXPECT_TRUE(exists_file("results.json"));
}

TEST(RunProgram, SaysFromWhichStepOnAllAreAlike) {
  const ProgramRun run = run_program({"run", scenario, "--set", "run.steps=4"});
  EXPECT_THAT(run.out, HasSubstr("for 4 steps, all alike from step 1 on"));
  const ProgramRun traced = run_program({"run", scenario, "--set", "run.steps=4", "--trace", "/dev/null"});
  EXPECT_THAT(traced.out, HasSubstr("for 4 steps\n")) << "a trace shows every step";
}

TEST(RunProgram, SaysWhatASeedIs) {
  for (const char* seed : {"-1", "9223372036854775808", "1.5", "x"}) {
    expect_refusal({"run", scenario, "--seed", seed}, "a seed is a whole number from 0 to 9223372036854775807");
  }
  EXPECT_EQ(run_program({"run", scenario, "--seed", "9223372036854775807"}).exit_code, 0);
}

TEST(RunProgram, SuggestsTheNearestCommand) {
  expect_refusal({"runn"}, "did you mean 'run'?");
}

TEST(RunProgram, EndsWhereTheClockGoesBeyondAllMeasure) {
  const auto expect_end = [](const std::string& named, const std::string& setting) {
    const ProgramRun run = run_program({"run", named, "--set", setting});
    EXPECT_EQ(run.exit_code, 1) << run.err;
    EXPECT_THAT(run.err, HasSubstr("far too large"));
  };
  expect_end("pipeline_1f1b", "workload.forward=1e308 s");
  expect_end("ring_all_reduce", "workload.message_overhead=1e308 s");
  expect_end(scenario, R"(engine={"network":"ports","gap_per_byte":"1e308 s"})");
}

TEST(RunProgram, RefusesHugeSizesAndAbsurdBandwidthsAtOnce) {
  expect_refusal({"run", scenario, "--set", "workload.bytes=1e18 B"}, "messages of up to 100 TB");
  expect_refusal({"run", scenario, "--set", "fleet.link.bandwidth=1e300 B/s"}, "'fluid' shares bandwidths");
}

}  // namespace
}  // namespace lockstep::testing
