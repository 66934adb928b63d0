#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(LadderProgram, PrintsOneRowARung) {
  const ProgramRun run = run_program({"run", "badly_placed_ring", "--ladder"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("fidelity         time      error  events"));
  EXPECT_THAT(run.out, HasSubstr("closed form  36.14 ms  -74.208 %"));
  EXPECT_THAT(run.out, HasSubstr("C06 ring all-reduce with late ranks, 1 assumption broken\n"));
  EXPECT_THAT(run.out, HasSubstr("flow         140.1 ms   +0.014 %       8"));
  EXPECT_THAT(run.out, HasSubstr("message      140.1 ms                112"));
}

TEST(LadderProgram, SaysWhyARungIsMissing) {
  const ProgramRun run = run_program({"run", "pipeline_1f1b", "--ladder"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("there are no collectives to be charged as flows"));
  EXPECT_THAT(run.out, HasSubstr("which applies"));
}

TEST(LadderProgram, GivesTheSameBytesOfJsonEachTime) {
  const std::vector<std::string> command = {"run", "straggling_step", "--ladder", "--json", "-"};
  const ProgramRun run = run_program(command);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run_program(command).out, run.out);
  const json ladder = json::parse(run.out)["ladder"];
  ASSERT_EQ(ladder.size(), 3U);
  EXPECT_EQ(ladder[0]["closed_form"]["name"], "first_order");
  EXPECT_LT(ladder[0]["relative_error"].get<double>(), -0.1);
  EXPECT_LT(ladder[1]["events"].get<int>(), ladder[2]["events"].get<int>());
  EXPECT_THAT(run.err, HasSubstr("closed forms leave out what disturbs the run"));
}

TEST(LadderProgram, EndsWithOneWhereRungsFailAndKeepsTheOthers) {
  const ProgramRun run =
      run_program({"run", "ring_all_reduce", "--ladder", "--set", "workload.message_overhead=1e308 s"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("error: message: "));
  EXPECT_THAT(run.out, HasSubstr("closed form"));
}

TEST(LadderProgram, RefusesWhatCannotBeLaddered) {
  const auto expect_refusal = [](const std::vector<std::string>& more, const std::string& text) {
    std::vector<std::string> command = {"run", "--ladder"};
    command.insert(command.end(), more.begin(), more.end());
    const ProgramRun run = run_program(command);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_THAT(run.err, HasSubstr(text));
    EXPECT_EQ(run.out, "");
  };
  expect_refusal({"async_sgd"}, "this scenario has one fidelity only");
  expect_refusal({"straggling_step", "--set", R"(mitigations=[{"kind":"rebalance"}])"}, "without mitigations");
  expect_refusal({"incast", "--trace", "trace.json"}, "--ladder makes several");
  expect_refusal({"incast", "--csv", "rows.csv"}, "--ladder makes several");
  expect_refusal({}, "no scenario is named");
}

}  // namespace
}  // namespace lockstep::testing
