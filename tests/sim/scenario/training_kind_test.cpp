#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"
#include "tests/own_folder.hpp"

namespace lockstep::sim {
namespace {

using ::testing::HasSubstr;

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

Json model() {
  return {{"layers", 8}, {"hidden_dim", 64}, {"heads", 8}, {"ffn", 256}, {"vocab", 512}};
}

// Equal layers and nothing else.
Json sampled_model() {
  return {{"parameters", 1e6}, {"forward_flops", "1 GFLOP"}, {"sample", "sequence"}, {"layers", 8}};
}

Json scenario(int devices, const Json& workload = Json::object()) {
  Json json = {{"fleet",
                {{"topology", "switch"},
                 {"devices", devices},
                 {"link", {{"bandwidth", "50 GB/s"}, {"latency", "1 us"}}},
                 {"device", {{"compute", "100 TFLOP/s"}, {"memory", "80 GB"}}}}},
               {"workload", {{"kind", "training"}, {"model", model()}, {"global_batch", 16}, {"sequence_length", 128}}},
               {"engine", {{"network", "contention_free"}}}};
  json["workload"].update(workload);
  return json;
}

Scenario read(const Json& json, const std::string& directory = ".") {
  return read_scenario(json, {.catalog = catalog(), .file = "test.json", .directory = directory});
}

Json results(const Json& json) {
  const Scenario read_one = read(json);
  return results_of(read_one, run_scenario(read_one));
}

void expect_refusal(const Json& json, const std::string& text) {
  try {
    read(json);
    ADD_FAILURE() << "nothing is wrong with " << json.dump();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
}

TEST(TrainingKind, OneDeviceAloneReachesWhatItsKernelsDo) {
  const Json json = results(scenario(1, {{"compute", {{"efficiency", 0.4}}}}));
  EXPECT_NEAR(json["hfu"].get<double>(), 0.4, 1e-12);
  EXPECT_LT(json["mfu"], json["hfu"]) << "FlashAttention works scores out again";
  EXPECT_NEAR(json["scaling_efficiency"].get<double>(), 1, 1e-12);
  EXPECT_EQ(json["flops"], "attended");
  const double time = json["time_s"].get<double>();
  EXPECT_DOUBLE_EQ(json["throughput"]["sequences_per_s"].get<double>(), 16 / time);
  EXPECT_DOUBLE_EQ(json["throughput"]["tokens_per_s"].get<double>(), 16 * 128 / time);
  EXPECT_NEAR(json["pipeline"]["bubble_fraction"].get<double>(), 0, 1e-12);
  EXPECT_NEAR(json["pipeline"]["stages"][0]["busy_s"].get<double>(), time, 1e-12 * time);
}

TEST(TrainingKind, PipelinesOfEqualStagesHaveTheBubbleOfTheirForm) {
  Json json = scenario(4, {{"model", sampled_model()}, {"sequence_length", 1}, {"parallel", {{"pipeline", 4}}}});
  json["fleet"]["link"]["latency"] = "0 s";
  const Json one = results(json);
  EXPECT_NEAR(one["pipeline"]["bubble_fraction"].get<double>(), 3.0 / (16 + 3), 1e-9);
  const Json& stages = one["pipeline"]["stages"];
  ASSERT_EQ(stages.size(), 4U);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    EXPECT_NEAR(stages[stage]["busy_s"].get<double>(), 16 * 3 * 1e9 / 4 / 50e12, 1e-9);
    EXPECT_EQ(stages[stage]["peak_in_flight"], 4 - stage);
  }
  json["workload"]["schedule"] = "zb_h1";
  EXPECT_EQ(results(json)["pipeline"]["stages"][0]["peak_until_weight_gradient"], 4);
}

TEST(TrainingKind, TensorCollectivesKeepStagesBusy) {
  const Json one = results(scenario(4, {{"parallel", {{"tensor", 4}}}}));
  EXPECT_NEAR(one["pipeline"]["bubble_fraction"].get<double>(), 0, 1e-12);
  EXPECT_LT(one["scaling_efficiency"].get<double>(), 0.5);
}

TEST(TrainingKind, AsRunIsAScenarioThatGivesTheSame) {
  const Scenario first = read(scenario(
      8,
      {{"parallel", {{"tensor", 2}, {"pipeline", 2}, {"zero", 1}}}, {"schedule", "zb_h1"}, {"placement", "spread"}}));
  const Scenario second = read(first.as_run());
  EXPECT_EQ(second.as_run(), first.as_run());
  EXPECT_EQ(results_of(second, run_scenario(second)), results_of(first, run_scenario(first)));
}

TEST(TrainingKind, PlacesItsRanksOnTheWorkloadsDevices) {
  Json json = scenario(8, {{"devices", {6, 4}}, {"parallel", {{"tensor", 2}}}});
  const Scenario packed = read(json);
  EXPECT_EQ(packed.jobs()[0].placement[0], packed.fleet().devices()[6]);
  json["workload"]["placement"] = {1, 0};
  const Scenario listed = read(json);
  EXPECT_EQ(listed.jobs()[0].placement[0], listed.fleet().devices()[4]);
}

TEST(TrainingKind, SeveralJobsAnswerEachForItself) {
  const Json one = scenario(8, {{"devices", {0, 1, 2, 3}}, {"parallel", {{"tensor", 2}}}});
  Json both = one;
  both.erase("workload");
  both["workloads"] = {one["workload"], one["workload"]};
  both["workloads"][1]["devices"] = {4, 5, 6, 7};
  both["workloads"][1]["start"] = "1 s";
  const Json alone = results(one);
  const Json together = results(both);
  for (const Json& own : together["workloads"]) {
    EXPECT_NEAR(own["mfu"].get<double>(), alone["mfu"].get<double>(), 1e-9);
    EXPECT_NEAR(own["pipeline"]["stages"][0]["last_end_s"].get<double>(),
                alone["pipeline"]["stages"][0]["last_end_s"].get<double>(), 1e-9);
  }
}

TEST(TrainingKind, SaysNoWhereMemoryDoesNotSuffice) {
  Json json = scenario(2);
  EXPECT_TRUE(read(json).refusals().empty());
  json["fleet"]["device"]["memory"] = "8 MB";
  const Scenario enforced = read(json);
  ASSERT_EQ(enforced.refusals().size(), 1U);
  EXPECT_THAT(enforced.refusals()[0], HasSubstr("out of memory: a rank of stage 0 needs "));
  EXPECT_THAT(enforced.refusals()[0], HasSubstr("it fits with "));
  EXPECT_TRUE(enforced.warnings().empty());
  const Json full = results(json);
  EXPECT_EQ(full["memory"]["fits"], false);
  EXPECT_DOUBLE_EQ(full["memory"]["usable_bytes"].get<double>(), 0.95 * 8e6);
  EXPECT_GT(full["mfu"].get<double>(), 0);
  for (const Json& remedy : full["memory"]["remedies"]) {
    EXPECT_LE(remedy["largest_stage_bytes"].get<double>(), 0.95 * 8e6);
  }
  json["engine"]["memory"] = "report";
  const Scenario reported = read(json);
  EXPECT_TRUE(reported.refusals().empty());
  EXPECT_EQ(reported.warnings(), enforced.refusals());
}

TEST(TrainingKind, ReportsMemoryThatItCannotJudge) {
  Json json = scenario(2);
  json["fleet"]["device"].erase("memory");
  const Scenario silent = read(json);
  EXPECT_TRUE(silent.refusals().empty());
  ASSERT_EQ(silent.warnings().size(), 1U);
  EXPECT_THAT(silent.warnings()[0], HasSubstr("does not say how much memory"));
  const Json memory = results(json)["memory"];
  EXPECT_TRUE(memory["fits"].is_null());
  EXPECT_TRUE(memory["usable_bytes"].is_null());
  EXPECT_GT(memory["per_stage"][0]["total_bytes"].get<double>(), 0);
}

TEST(TrainingKind, PartsOfMemoryAddUp) {
  for (const char* recompute : {"none", "full"}) {
    const Json parts = {{"recompute", recompute}, {"parallel", {{"pipeline", 2}, {"zero", 3}}}};
    const Json answered = results(scenario(4, parts));
    for (const Json& stage : answered["memory"]["per_stage"]) {
      double sum = 0;
      for (const char* part : {"weights", "gradients", "optimizer", "activations", "buffers"}) {
        sum += stage[std::string(part) + "_bytes"].get<double>();
      }
      EXPECT_DOUBLE_EQ(stage["total_bytes"].get<double>(), sum);
    }
  }
}

double sum_of(const Json& parts) {
  double sum = 0;
  for (const auto& [name, value] : parts.items()) sum += value.get<double>();
  return sum;
}

TEST(TrainingKind, BreaksItsTimeDown) {
  const Json one = results(scenario(8, {{"parallel", {{"tensor", 2}, {"pipeline", 2}, {"zero", 1}}}}));
  const double time = one["time_s"].get<double>();
  EXPECT_NEAR(sum_of(one["breakdown_s"]), time, 1e-9 * time);
  for (const char* part : {"compute", "exposed_tensor", "exposed_norm", "exposed_pipeline", "bubble"}) {
    EXPECT_GT(one["breakdown_s"][part].get<double>(), 0) << part;
  }
  EXPECT_EQ(one["breakdown_s"]["exposed_expert"], 0.0);
  EXPECT_NEAR(one["scaling_efficiency"].get<double>(), one["breakdown_s"]["compute"].get<double>() / time, 1e-12);
}

TEST(TrainingKind, ShowsTheCriticalPathInShort) {
  const Json one = results(scenario(8, {{"global_batch", 256}, {"parallel", {{"tensor", 2}, {"pipeline", 4}}}}));
  const double time = one["time_s"].get<double>();
  const Json& path = one["critical_path"];
  EXPECT_NEAR(sum_of(path["sums_s"]), time, 1e-9 * time);
  EXPECT_GT(path["sums_s"]["compute"].get<double>(), 0);
  const Json& steps = path["steps"];
  ASSERT_GT(steps.size(), 3U);
  ASSERT_LE(steps.size(), 63U);
  EXPECT_EQ(steps.front()["start_s"], 0.0);
  EXPECT_DOUBLE_EQ(steps.back()["end_s"].get<double>(), time);
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_EQ(steps[i]["start_s"], steps[i - 1]["end_s"]);
  EXPECT_EQ(steps.front()["device"], "d" + std::to_string(steps.front()["rank"].get<int>()));
}

TEST(TrainingKind, OfLateStartIsTimedFromThere) {
  Json both = scenario(4);
  const Json workload = both["workload"];
  both.erase("workload");
  both["workloads"] = {workload, workload};
  both["workloads"][0]["devices"] = {0, 1};
  both["workloads"][1].update({{"devices", {2, 3}}, {"start", "1 s"}});
  const Json late = results(both)["workloads"][1];
  EXPECT_NEAR(sum_of(late["breakdown_s"]), late["time_s"].get<double>(), 1e-9);
  EXPECT_NEAR(sum_of(late["critical_path"]["sums_s"]), late["time_s"].get<double>(), 1e-9);
  EXPECT_EQ(late["critical_path"]["steps"][0]["start_s"], 0.0);
}

TEST(TrainingKind, TellsWhatItsTrafficIsFor) {
  const Json one = results(scenario(8, {{"parallel", {{"tensor", 2}, {"pipeline", 2}, {"zero", 1}}}}));
  double sum = 0;
  for (const char* purpose : {"tensor", "pipeline", "gradients", "parameters", "norm"}) {
    EXPECT_GT(one["traffic_bytes"][purpose].get<double>(), 0) << purpose;
    sum += one["traffic_bytes"][purpose].get<double>();
  }
  EXPECT_DOUBLE_EQ(sum, one["network"]["bytes_total"].get<double>());
  EXPECT_EQ(one["traffic_bytes"]["expert"], 0.0);
}

TEST(TrainingKind, RefusesWhatCannotRun) {
  Json json = scenario(8);
  json.erase("fleet");
  expect_refusal(json, "needs a fleet to run on");
  json = scenario(8);
  json["fleet"].erase("device");
  expect_refusal(json, "test.json: fleet: a training step needs to know how fast its devices compute");
  expect_refusal(scenario(8, {{"parallel", {{"tensor", 3}}}}), "test.json: workload.parallel");
  expect_refusal(scenario(8, {{"schedule", "zb_v"}}), "test.json: workload.schedule: zb_v turns round");
  expect_refusal(scenario(8, {{"schedule", "zbv"}}), "did you mean 'zb_v'?");
  expect_refusal(scenario(8, {{"microbatches", 4}}), "microbatch");
  expect_refusal(scenario(8, {{"placement", {0, 1}}}), "2 devices for 8 ranks");
}

TEST(TrainingKind, ReadsItsScheduleBesideTheScenario) {
  own_file("training_kind_test.csv", "0F0,0F1,,0B0,0B1,\n,1F0,1F1,1B0,1B1,\n");
  Json json = scenario(2, {{"global_batch", 2}, {"parallel", {{"pipeline", 2}}}});
  json["workload"]["schedule"] = {{"file", "training_kind_test.csv"}};
  const Scenario own = read(json, own_folder().string());
  EXPECT_EQ(results_of(own, run_scenario(own))["pipeline"]["stages"][1]["peak_in_flight"], 2);
  EXPECT_EQ(own.as_run()["workload"]["schedule"], json["workload"]["schedule"]);
}

TEST(TrainingKind, LooksForASchedule) {
  const auto time = [](const char* schedule) {
    return results(scenario(4, {{"schedule", schedule},
                                {"model", sampled_model()},
                                {"sequence_length", 1},
                                {"global_batch", 6},
                                {"parallel", {{"pipeline", 4}}}}))["time_s"]
        .get<double>();
  };
  EXPECT_LT(time("auto"), time("1f1b"));
}

}  // namespace
}  // namespace lockstep::sim
