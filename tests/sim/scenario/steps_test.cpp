// Several steps of one scenario, each begun when the one before has ended.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

Json document(const Json& workload, std::uint64_t steps, const Json& perturbations = Json::array()) {
  return {{"fleet",
           {{"topology", "switch"},
            {"devices", 8},
            {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}},
            {"device", {{"compute", "100 TFLOP/s"}}}}},
          {"workload", workload},
          {"perturbations", perturbations},
          {"engine", {{"network", "contention_free"}}},
          {"run", {{"steps", steps}}}};
}

const Json training = {{"kind", "training"},
                       {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
                       {"global_batch", 16},
                       {"sequence_length", 256},
                       {"parallel", {{"data", 4}, {"pipeline", 2}}}};
const Json ring = {{"kind", "collective"}, {"operation", "all_reduce"}, {"algorithm", "ring"}, {"bytes", "1 GB"}};
const Json pipeline = {{"kind", "pipeline"}, {"schedule", "1f1b"}, {"stages", 4},
                       {"microbatches", 8},  {"forward", "10 ms"}, {"backward", "20 ms"}};

Json results_of_steps(const Json& workload, std::uint64_t steps, const Json& perturbations = Json::array()) {
  const Scenario scenario = read_scenario(document(workload, steps, perturbations), {.catalog = Catalog::bundled()});
  return results_of(scenario, run_scenario(scenario));
}

void expect_same(const Json& one, const Json& other, const std::string& where) {
  if (one.is_number_float()) {
    EXPECT_NEAR(one.get<double>(), other.get<double>(), 1e-12 + 1e-12 * std::abs(one.get<double>())) << where;
  } else if (one.is_structured()) {
    ASSERT_EQ(one.size(), other.size()) << where;
    auto mine = one.begin();
    for (const auto& [key, value] : other.items()) expect_same(*mine++, value, where + "." + key);
  } else {
    EXPECT_EQ(one, other) << where;
  }
}

TEST(Steps, OfUndisturbedRunsAreAllAlike) {
  for (const Json& workload : {training, ring, pipeline}) {
    Json once = results_of_steps(workload, 1);
    Json often = results_of_steps(workload, 5);
    EXPECT_EQ(often["events"], 5 * once["events"].get<int>());
    EXPECT_EQ(often["steps"]["count"], 5);
    EXPECT_EQ(often["steps"]["simulated"], 1);
    EXPECT_EQ(often["network"]["bytes_total"], 5 * once["network"]["bytes_total"].get<double>());
    for (const Json& time : often["steps"]["times_s"]) {
      EXPECT_NEAR(time.get<double>(), once["time_s"].get<double>(), 1e-12 * once["time_s"].get<double>());
    }
    // Everything else speaks of one step. Of paths that are equally long, roundings choose.
    for (Json* results : {&once, &often}) {
      for (const char* key : {"scenario", "events", "folding", "network", "steps", "critical_path"})
        results->erase(key);
    }
    expect_same(once, often, workload["kind"].get<std::string>());
  }
}

// The device is slow for the second step alone, and only that one takes longer.
TEST(Steps, TimeGoesOnFromStepToStep) {
  const double step = results_of_steps(pipeline, 1)["time_s"].get<double>();
  const Json slow = {{{"kind", "slow_devices"},
                      {"devices", {0}},
                      {"factor", 2},
                      {"from", std::to_string(step) + " s"},
                      {"until", std::to_string(1.9 * step) + " s"}}};
  const Json steps = results_of_steps(pipeline, 3, slow)["steps"];
  EXPECT_NEAR(steps["times_s"][0].get<double>(), step, 1e-9);
  EXPECT_GT(steps["times_s"][1].get<double>(), 1.2 * step);
  EXPECT_NEAR(steps["times_s"][2].get<double>(), step, 1e-9);
  EXPECT_EQ(steps["max_s"], steps["times_s"][1]);
  EXPECT_NEAR(steps["mean_s"].get<double>() * 3, steps["total_s"].get<double>(), 1e-12);
}

TEST(Steps, BreakdownsAddUpToTheMeanStep) {
  const Json jitter = {{{"kind", "compute_jitter"}, {"factor", {{"distribution", "exponential"}, {"mean", 1}}}}};
  const Json results = results_of_steps(training, 4, jitter);
  double sum = 0;
  for (const Json& part : results["breakdown_s"]) sum += part.get<double>();
  EXPECT_NEAR(sum, results["time_s"].get<double>(), 1e-12);
  EXPECT_GT(results["steps"]["stddev_s"].get<double>(), 0);
}

TEST(Steps, OfSeveralWorkloadsKeepTheirOwnPace) {
  Json both = document(ring, 3);
  both.erase("workload");
  both["workloads"] = Json::array();
  for (const int first : {0, 4}) {
    Json own = ring;
    own["devices"] = {first, first + 1, first + 2, first + 3};
    own["bytes"] = first == 0 ? "1 GB" : "2 GB";
    both["workloads"].push_back(own);
  }
  const Scenario scenario = read_scenario(both, {.catalog = Catalog::bundled()});
  const Timeline timeline = run_scenario(scenario);
  ASSERT_EQ(timeline.jobs.size(), 2);
  EXPECT_EQ(timeline.jobs[0].steps(), 3);
  EXPECT_NEAR(timeline.jobs[0].step_time().si(), 6 * (5e-6 + 0.25e9 / 50e9), 1e-12);
  EXPECT_NEAR(timeline.jobs[1].step_time().si(), 6 * (5e-6 + 0.5e9 / 50e9), 1e-12);
}

TEST(Steps, PlansThatMakeNoSenseAreRefused) {
  for (const Json& run : std::vector<Json>{{{"steps", 0}},
                                           {{"replicas", 0}},
                                           {{"replicas", 10}, {"precision", 0}},
                                           {{"replicas", 10}, {"precision", 1.5}},
                                           {{"precision", 0.1}},
                                           {{"repetitions", 3}}}) {
    Json bad = document(ring, 1);
    bad["run"] = run;
    EXPECT_THROW(read_scenario(bad, {.catalog = Catalog::bundled()}), InputError) << run.dump();
  }
}

}  // namespace
}  // namespace lockstep::sim
