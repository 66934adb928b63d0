#include "studies/replicas.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"
#include "studies/replica_results.hpp"
#include "tests/own_folder.hpp"
#include "tests/studies/scenarios.hpp"

namespace lockstep::studies {
namespace {

using testing::jitter;
using testing::pipeline;
using testing::run;

TEST(Replicas, AreTheRunsThatTheirNumbersChoose) {
  const Json document = pipeline({jitter});
  const ReplicaRuns runs = run(document, {.replicas = 5});
  for (std::uint32_t replica = 0; replica < 5; ++replica) {
    const sim::Scenario scenario = sim::read_scenario(document, testing::no_file());
    const Json alone = sim::results_of(scenario, sim::run_scenario(scenario, nullptr, {.replica = replica}));
    EXPECT_EQ(runs.sample("time_s")[replica], alone["time_s"].get<double>());
    EXPECT_EQ(runs.sample("bubble_fraction")[replica], alone["bubble_fraction"].get<double>());
    if (replica == 0) {
      EXPECT_EQ(runs.first->dump(), alone.dump());
    }
  }
}

TEST(Replicas, ResultsHaveMeansForHeadlinesAndTheirStatistics) {
  const ReplicaRuns runs = run(pipeline({jitter}), {.replicas = 20});
  const Json results = results_of(runs);
  const Summary time = summary_of(runs.sample("time_s"));
  EXPECT_EQ(results["time_s"].get<double>(), time.mean);
  EXPECT_EQ(results["stages"], (*runs.first)["stages"]);
  const Json& replicas = results["replicas"];
  EXPECT_EQ(replicas["count"], 20);
  EXPECT_EQ(replicas["time_s"]["stddev"].get<double>(), *time.stddev);
  EXPECT_EQ(replicas["time_s"]["ci95_low"].get<double>(), time.ci95->low);
  EXPECT_EQ(replicas["time_s"]["p95"].get<double>(), time.p95);
  EXPECT_EQ(replicas["idle_s"]["warm_up"]["mean"], results["idle_s"]["warm_up"]);
  EXPECT_FALSE(replicas.contains("failed") || replicas.contains("precision") || replicas.contains("random"));
}

TEST(Replicas, RunOnceWhereNothingIsRandom) {
  const Json slow = {{"kind", "slow_devices"}, {"devices", {1}}, {"factor", 2}};
  for (const auto& perturbations : std::vector<std::vector<Json>>{{}, {slow}}) {
    const ReplicaRuns runs = run(pipeline(perturbations), {.replicas = 1000, .precision = 0.01});
    EXPECT_EQ(runs.rows.size(), 1U);
    const Json replicas = results_of(runs)["replicas"];
    EXPECT_EQ(replicas["random"], false);
    EXPECT_EQ(replicas["time_s"]["stddev"], 0.0);
    EXPECT_EQ(replicas["time_s"]["ci95_high"], replicas["time_s"]["mean"]);
    EXPECT_EQ(replicas["precision"]["reached"], true);
    ASSERT_EQ(warnings_of(runs).size(), 1U);
    EXPECT_NE(warnings_of(runs).front().find("nothing in this scenario is random"), std::string::npos);
  }
  const Json drawn = {{"kind", "slow_devices"}, {"fraction", 0.25}, {"factor", 2}};
  EXPECT_EQ(run(pipeline({drawn}), {.replicas = 10}).rows.size(), 10U);
}

// Stops a drawn eighth of the devices, or all, after 50 ms.
class StopForGood {
 public:
  Json of_one() const { return {{"kind", "trace"}, {"fraction", 0.125}, {"file", path_}}; }
  Json of_all() const { return {{"kind", "trace"}, {"file", path_}}; }

 private:
  std::string path_ = own_file("stop.profile", "0 1\n0.05 0\n");
};

// A run fails where the device is one of the four that work.
TEST(Replicas, ThatFailAreNamedAndTheOthersKept) {
  const StopForGood stop;
  const ReplicaRuns runs = run(pipeline({stop.of_one()}), {.replicas = 40, .jobs = 2});
  EXPECT_GT(runs.failed.size(), 5U);
  EXPECT_GT(runs.rows.size(), 5U);
  EXPECT_EQ(runs.failed.size() + runs.rows.size(), 40U);
  EXPECT_NE(runs.failed[0].error.find("never goes on"), std::string::npos) << runs.failed[0].error;
  const Json results = results_of(runs);
  EXPECT_EQ(results["replicas"]["count"], runs.rows.size());
  EXPECT_EQ(results["replicas"]["failed"][0]["replica"], runs.failed[0].replica);
}

TEST(Replicas, EndEarlyWhereTheFirstAllFail) {
  const StopForGood stop;
  EXPECT_THROW(run(pipeline({jitter, stop.of_all()}), {.replicas = 1'000'000, .jobs = 2}), SimulationError);
  EXPECT_THROW(run({{"fleet", 1}}, {.replicas = 3}), InputError);
}

TEST(Replicas, InterruptedKeepWhatTheFirstGave) {
  const Json document = pipeline({jitter});
  ReplicaPlan plan{.replicas = 1'000'000, .jobs = 2};
  plan.goes_on = [](const ReplicaProgress& progress) { return progress.done < 20; };
  const ReplicaRuns runs = run(document, plan);
  EXPECT_TRUE(runs.is_interrupted);
  ASSERT_GE(runs.rows.size(), 20U);
  ASSERT_LT(runs.rows.size(), 100'000U);
  const auto count = static_cast<std::uint32_t>(runs.rows.size());
  EXPECT_EQ(runs.sample("time_s"), run(document, {.replicas = count}).sample("time_s"));
  EXPECT_EQ(results_of(runs)["replicas"]["interrupted"], true);
}

TEST(Replicas, AsCsvHaveARowEach) {
  ReplicaRuns runs;
  runs.headlines = {"time_s", "mfu"};
  runs.rows = {{.replica = 0, .values = {1.5, 0.25}}, {.replica = 2, .values = {3}}};
  EXPECT_EQ(csv_of(runs), "replica,time_s,mfu\n0,1.5,0.25\n2,3,\n");
  EXPECT_EQ(csv_of(Json{{"time_s", 2}, {"events", 3}}), "replica,time_s\n0,2\n");
}

TEST(Replicas, FiguresThatSomeLackAreCounted) {
  ReplicaRuns runs;
  runs.headlines = {"time_s", "mfu"};
  runs.rows = {{.replica = 0, .values = {1, 0.25}}, {.replica = 1, .values = {2}}, {.replica = 2, .values = {3, 0.75}}};
  runs.first = std::make_shared<const Json>(Json{{"time_s", 1}, {"mfu", 0.25}});
  const Json replicas = results_of(runs)["replicas"];
  EXPECT_EQ(replicas["mfu"]["count"], 2);
  EXPECT_EQ(replicas["mfu"]["mean"], 0.5);
  EXPECT_FALSE(replicas["time_s"].contains("count"));
}

}  // namespace
}  // namespace lockstep::studies
