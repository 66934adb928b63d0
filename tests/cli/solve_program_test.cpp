#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

constexpr const char* tutorial =
    R"({"model":"Llama3_70B","cluster":"Research_256","batch_size":256,"tp_size":8,"pp_size":4,"microbatch_count":16})";

TEST(SolveProgram, PrintsSolverInputsAndOutputsAsJsonAlone) {
  const ProgramRun run = run_program({"solve", "distributed", tutorial, "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json.size(), 3U);
  EXPECT_EQ(json["solver"], "distributed");
  EXPECT_EQ(json["inputs"]["tp_size"], 8);
  EXPECT_EQ(json["inputs"]["revision"], "current");
  EXPECT_EQ(json["outputs"]["parallelism"]["dp"], 8);
  EXPECT_NE(run.err.find("warning: the undivided model does not fit"), std::string::npos);
}

TEST(SolveProgram, AppliesSettingsAndReadsStandardInput) {
  const ProgramRun run = run_program({"solve", "first_order", "-", "--set", "tp_size=4", "--json", "-"}, tutorial);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out)["outputs"]["parallelism"]["dp"], 16);
}

TEST(SolveProgram, ListsAndDescribesSolvers) {
  const ProgramRun list = run_program({"solve", "--json", "-"});
  ASSERT_EQ(list.exit_code, 0) << list.err;
  const auto solvers = nlohmann::json::parse(list.out)["solvers"];
  EXPECT_GE(solvers.size(), 30U);
  EXPECT_FALSE(solvers[0]["inputs"].empty());
  EXPECT_FALSE(solvers[0]["outputs"].empty());
  const ProgramRun one = run_program({"solve", "reliability"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_NE(one.out.find("checkpoint_time"), std::string::npos);
}

TEST(SolveProgram, PrintsATableForPeople) {
  const ProgramRun run = run_program({"solve", "first_order", tutorial});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("parts_s.gradients"), std::string::npos);
}

TEST(SolveProgram, AnswersBadInputWithExitCode2AndNothingOnStandardOutput) {
  const std::vector<std::vector<std::string>> wrong = {
      {"solve", "distributd", tutorial},
      {"solve", "distributed", "{}"},
      {"solve", "distributed", tutorial, "--set", "tp_size=3"},
      {"solve", "distributed", tutorial, "--set", "tp_sise=4"},
      {"solve", "distributed", tutorial, "--set", "efficiency=0"},
      {"solve", "distributed", tutorial, "--set", "model=Llama4"},
      {"solve", "distributed", "[1]"},
      {"solve", "searcher", "{\"layer_tflops\": []}"},
  };
  for (const auto& arguments : wrong) {
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find("error: "), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep::testing
