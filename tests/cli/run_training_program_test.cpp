#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A job on two stages that needs 43 MB a device.
std::string job_on(const std::string& memory) {
  return R"({"fleet":{"topology":"switch","devices":4,"link":{"bandwidth":"50 GB/s","latency":"1 us"},)"
         R"("device":{"compute":"100 TFLOP/s","memory":")" +
         memory +
         R"("}},"workload":{"kind":"training","model":{"layers":4,"hidden_dim":256,"heads":8,"ffn":1024,"vocab":1000},)"
         R"("global_batch":16,"sequence_length":128,"parallel":{"pipeline":2}}})";
}

TEST(RunTrainingProgram, ShowsWhereTimeAndMemoryGo) {
  const ProgramRun run = run_program({"run", job_on("1 GB")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  for (const char* part :
       {"data 2, pipeline 2", "16 sequences of 128 tokens, 8 microbatches a replica", "tokens/s a device", "MFU ",
        "critical path  ", "where the time goes", "bubble  ", "memory of a rank", "stage 1", "bars: "}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
  EXPECT_THAT(run.out, Not(HasSubstr("\x1b"))) << "colours are for terminals";
}

TEST(RunTrainingProgram, SaysNoWithFullResultsWhereMemoryDoesNotSuffice) {
  const ProgramRun run = run_program({"run", job_on("40 MB"), "--json", "-"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("error: out of memory: a rank of stage "));
  EXPECT_THAT(run.err, HasSubstr("it fits with zero: 1 ("));
  const auto results = nlohmann::json::parse(run.out);
  EXPECT_EQ(results["memory"]["fits"], false);
  EXPECT_GT(results["time_s"], 0);
  EXPECT_EQ(run_program({"run", job_on("40 MB"), "--set", "workload.parallel.zero=1"}).exit_code, 0);
}

TEST(RunTrainingProgram, WarnsWhereMemoryIsReportedAlone) {
  const std::vector<std::string> command = {"run", job_on("40 MB"), "--set", "engine.memory=report"};
  const ProgramRun run = run_program(command);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("warning: out of memory: "));
  std::vector<std::string> quietly = command;
  quietly.emplace_back("--quiet");
  EXPECT_EQ(run_program(quietly).err, "");
}

TEST(RunTrainingProgram, ChecksSayNoAsWell) {
  const ProgramRun run = run_program({"check", job_on("40 MB"), "--json", "results.json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("error: out of memory: "));
  EXPECT_TRUE(exists_file("results.json"));
}

}  // namespace
}  // namespace lockstep::testing
