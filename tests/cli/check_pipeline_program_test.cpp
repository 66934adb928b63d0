#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using nlohmann::json;

std::string pipeline(const std::string& schedule, const std::string& more = "") {
  return R"({"workload":{"kind":"pipeline","schedule":")" + schedule +
         R"(","stages":4,"microbatches":8,"forward":"10 ms","backward":"20 ms")" + more + "}}";
}
const std::string slow_stage = R"(,"stage_scale":[1,1.5,1,1])";
const std::string transfers = R"(,"transfer":"1 ms")";

json checked(const std::string& scenario) {
  const ProgramRun run = run_program({"check", scenario, "--json", "-"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return json::parse(run.out);
}

json form_of(const json& results, const std::string& name) {
  for (const json& form : results["closed_forms"]) {
    if (form["name"] == name) return form;
  }
  return {};
}

TEST(CheckPipelineProgram, FormsAndRecurrenceApplyAndHold) {
  const json results = checked(pipeline("1f1b", transfers));
  for (const char* name : {"P07", "recurrence"}) {
    EXPECT_EQ(form_of(results, name)["applies"], true) << name;
    EXPECT_EQ(form_of(results, name)["holds"], true) << name;
  }
  EXPECT_NEAR(results["time_s"].get<double>(), 0.346, 1e-12);
  EXPECT_NEAR(results["lower_bound"]["busy_s"].get<double>(), 0.336, 1e-12);
  EXPECT_NEAR(results["lower_bound"]["path_s"].get<double>(), 0.126, 1e-12);
  EXPECT_GT(results["bubble_fraction"].get<double>(), 0.3);
}

TEST(CheckPipelineProgram, NamesAnUnequalStageAndTransfersEachWithItsPrice) {
  const json form = form_of(checked(pipeline("1f1b", slow_stage + transfers)), "P02");
  EXPECT_EQ(form["applies"], false);
  ASSERT_EQ(form["broken_assumptions"].size(), 2U);
  EXPECT_EQ(form["broken_assumptions"][0]["assumption"], "equal_stages");
  EXPECT_NEAR(form["broken_assumptions"][0]["cost_s"].get<double>(), 0.04275, 1e-12);
  EXPECT_EQ(form["broken_assumptions"][1]["assumption"], "free_transfers");
  EXPECT_NEAR(form["broken_assumptions"][1]["cost_s"].get<double>(), 0.01, 1e-12);
}

TEST(CheckPipelineProgram, PrintsATableForPeople) {
  const ProgramRun run = run_program({"check", pipeline("1f1b", slow_stage + transfers)});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* part : {"P02 1F1B", "no: equal_stages free_transfers", "P05", "task by task", "bubble",
                           "lower bound", "the forward of stage 1 takes 15 ms, that of stage 0 10 ms"}) {
    EXPECT_NE(run.out.find(part), std::string::npos) << part << "\n" << run.out;
  }
}

TEST(CheckPipelineProgram, SaysWhatNoSimulationCanGrant) {
  const ProgramRun run = run_program(
      {"check", pipeline("interleaved_1f1b", R"(,"virtual_stages":2)"), "--set", "workload.microbatches=10"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("10 microbatches do not divide by 4 stages (no simulation can grant this"), std::string::npos)
      << run.out;
}

// On a fleet hops are messages; the simulator of the network answers as well.
TEST(CheckPipelineProgram, ChecksHopsThatCrossAFleet) {
  const std::string fleet = R"({"topology":"switch","devices":4,"link":{"bandwidth":"50 GB/s","latency":"1 us"}})";
  std::string scenario = pipeline("1f1b", R"(,"activation":"50 MB")");
  scenario.insert(1, R"("fleet":)" + fleet + ",");
  const json results = checked(scenario);
  EXPECT_NEAR(form_of(results, "recurrence")["relative_difference"].get<double>(), 0, 1e-9);
  EXPECT_EQ(form_of(results, "P02")["applies"], false);
}

}  // namespace
}  // namespace lockstep::testing
