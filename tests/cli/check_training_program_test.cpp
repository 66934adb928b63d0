#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string devices(const std::string& more) {
  return R"({"fleet":{"topology":"switch","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 us"},)"
         R"("device":{"compute":"100 TFLOP/s","memory":"10 GB")" +
         more + "}},";
}

// A small transformer on two stages with all that closed forms leave out.
const std::string transformer =
    devices(R"(,"memory_bandwidth":"2 TB/s")") +
    R"("workload":{"kind":"training","model":{"layers":4,"hidden_dim":512,"heads":8,"ffn":2048,"vocab":4000},)"
    R"("global_batch":16,"sequence_length":256,"parallel":{"tensor":2,"pipeline":2,"data":2}}})";

// Replicas of layers of which nothing but the work is known: there the first-order model is exact.
const std::string replicas =
    devices("") +
    R"("workload":{"kind":"training","model":{"parameters":8e8,"forward_flops":"10 TFLOP","sample":"sequence","layers":8},)"
    R"("global_batch":16,"optimizer":"sgd","overlap":{"gradients":false},"gradient_norm":false}})";

json checked(const std::string& scenario) {
  const ProgramRun run = run_program({"check", scenario, "--json", "-"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return json::parse(run.out);
}

const json& form_of(const json& results, const std::string& name) {
  const json& forms = results["closed_forms"];
  return *std::find_if(forms.begin(), forms.end(), [&](const json& form) { return form["name"] == name; });
}

TEST(CheckTrainingProgram, AccountsForEveryFormOfTheStep) {
  const json results = checked(transformer);
  std::vector<std::string> names;
  for (const json& form : results["closed_forms"]) {
    names.push_back(form["name"].get<std::string>());
    EXPECT_EQ(form["applies"], false);
    EXPECT_GE(form["broken_assumptions"].size(), 5U);
    const double left = form["granted_s"].get<double>() - form["time_s"].get<double>();
    EXPECT_NEAR(form["remainder_s"].get<double>(), left, 1e-15);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"first_order", "distributed", "distributed_march2026", "searcher"}));
  const json& form = form_of(results, "first_order");
  EXPECT_NEAR(form["remainder_s"].get<double>(), 0, 1e-9 * results["time_s"].get<double>());
  for (const char* term : {"busy_s", "path_s", "port_s"}) {
    EXPECT_LT(results["lower_bound"][term].get<double>(), results["time_s"].get<double>()) << term;
  }
}

TEST(CheckTrainingProgram, GrantingAnAssumptionInTheScenarioSavesItsPrice) {
  const json as_it_is = checked(transformer);
  const ProgramRun without = run_program({"run", transformer, "--set", "workload.gradient_norm=false", "--json", "-"});
  const double saved = as_it_is["time_s"].get<double>() - json::parse(without.out)["time_s"].get<double>();
  const json first_order = form_of(as_it_is, "first_order");
  for (const json& broken : first_order["broken_assumptions"]) {
    if (broken["assumption"] != "no_norm") continue;
    EXPECT_NEAR(broken["cost_s"].get<double>(), saved, 1e-12);
    EXPECT_GT(saved, 0);
    return;
  }
  FAIL() << "the norm has no price";
}

TEST(CheckTrainingProgram, TellsTheAccountInWords) {
  const ProgramRun run = run_program({"check", transformer});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  for (const char* part :
       {"first_order says ", "no, ", " assumptions broken", "free_update: the optimizer takes ", "all of these at once",
        "0 s  left, with all of them granted", "bubble_rule, which no simulation can grant"}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
}

TEST(CheckTrainingProgram, SaysWhereTheModelIsExact) {
  const json results = checked(replicas);
  const json& form = form_of(results, "first_order");
  EXPECT_EQ(form["applies"], true) << form["broken_assumptions"];
  EXPECT_EQ(form["holds"], true);
  EXPECT_FALSE(form.contains("granted_s"));
  // Two samples a device, six times 10 TFLOP at 50 TFLOP/s, and the ring of 1.6 GB.
  EXPECT_NEAR(results["time_s"].get<double>(), 2 * 0.6 + 14 * (2e-6 + 0.2 / 50), 1e-9);
}

}  // namespace
}  // namespace lockstep::testing
