#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

using ::testing::HasSubstr;

Json scenario(const Json& workload) {
  Json json = {{"fleet",
                {{"topology", "rail_optimized"},
                 {"devices", 16},
                 {"devices_per_node", 4},
                 {"link", {{"bandwidth", "50 GB/s"}, {"latency", "1 us"}}},
                 {"device", {{"compute", "100 TFLOP/s"}, {"memory", "80 GB"}}},
                 {"storage", {{"read", "40 GB/s"}, {"write", "20 GB/s"}, {"servers", 2}}}}},
               {"workload", {{"kind", "checkpoint"}}}};
  json["workload"].update(workload);
  return json;
}

Json training(const Json& parallel) {
  return {{"kind", "training"},
          {"model", {{"parameters", 8e6}, {"forward_flops", "1 GFLOP"}, {"sample", "sequence"}, {"layers", 8}}},
          {"global_batch", 16},
          {"sequence_length", 128},
          {"parallel", parallel}};
}

Scenario read(const Json& json) {
  static const Catalog catalog = Catalog::bundled();
  return read_scenario(json, {.catalog = catalog, .file = "test.json"});
}

// A process simulates on fluid once.
Json results(Json json, const std::string& network = "contention_free") {
  json["engine"]["network"] = network;
  const Scenario read_one = read(json);
  return results_of(read_one, run_scenario(read_one));
}

TEST(CheckpointKind, TellsTimeBytesAndBandwidth) {
  const Json json = results(scenario({{"bytes", "80 GB"}}), "fluid");
  EXPECT_NEAR(json["time_s"].get<double>(), 4.0, 1e-4);
  EXPECT_EQ(json["checkpoint"]["bytes"], 80e9);
  EXPECT_EQ(json["checkpoint"]["bytes_per_rank"]["max"], 5e9);
  EXPECT_EQ(json["checkpoint"]["servers"], 2);
  EXPECT_NEAR(json["bandwidth_bytes_per_s"].get<double>() / 20e9, 1, 1e-4);
  EXPECT_THAT(json["network"]["links"][0]["name"].get<std::string>(), HasSubstr("->storage"));
}

TEST(CheckpointKind, LoadsAtTheSpeedOfReading) {
  const Json json = results(scenario({{"bytes", "80 GB"}, {"direction", "load"}}), "fluid");
  EXPECT_NEAR(json["time_s"].get<double>(), 2.0, 1e-4);
}

// 8e6 weights of 14 bytes are written once; each of 16 replicas loads its 2 bytes and a sixteenth of the 12.
TEST(CheckpointKind, OfATrainingJobKnowsWhoWritesAndLoadsWhat) {
  const Json job = training({{"data", 16}, {"zero", 1}});
  const Json save = results(scenario({{"of", job}}))["checkpoint"];
  EXPECT_EQ(save["bytes"], 112e6);
  EXPECT_EQ(save["bytes_per_rank"]["max"], 7e6);
  const Json load = results(scenario({{"of", job}, {"direction", "load"}}))["checkpoint"];
  EXPECT_EQ(load["bytes"], 16 * (16e6 + 6e6));
  const Json one = results(scenario({{"of", training({{"data", 16}})}, {"writers", "first_replica"}}))["checkpoint"];
  EXPECT_EQ(one["bytes_per_rank"]["max"], 112e6);
  EXPECT_EQ(one["bytes_per_rank"]["min"], 0);
}

TEST(CheckpointKind, IsAScenarioAgainAsItWasRun) {
  for (const Json& workload : {Json{{"bytes", "80 GB"}, {"layout", "round_robin"}, {"snapshot", "25 GB/s"}},
                               Json{{"of", training({{"data", 16}})}, {"writers", "first_replica"}},
                               Json{{"bytes", "80 GB"}, {"direction", "peers"}}}) {
    const Json first = results(scenario(workload));
    EXPECT_EQ(results(first["scenario"]).dump(), first.dump());
  }
}

// Steps of training beside it, on the same devices and links.
TEST(CheckpointKind, RunsBesideTheStepsOfTraining) {
  Json json = scenario({{"bytes", "8 GB"}});
  json["workloads"] = Json::array({training({{"data", 16}}), json["workload"]});
  json.erase("workload");
  const Json beside = results(json, "fluid");
  const Json apart = results(json);
  ASSERT_EQ(beside["workloads"][1]["kind"], "checkpoint");
  EXPECT_GT(beside["workloads"][0]["time_s"].get<double>(), 1.01 * apart["workloads"][0]["time_s"].get<double>());
}

TEST(CheckpointKind, RefusesWhatMakesNoSense) {
  const auto expect_refusal = [](const Json& json, const std::string& text) {
    try {
      read(json);
      ADD_FAILURE() << "nothing is wrong with " << json.dump();
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  };
  expect_refusal(scenario(Json::object()), "either \"of\" a training job");
  expect_refusal(scenario({{"bytes", "1 GB"}, {"of", training({{"data", 16}})}}), "either \"of\" a training job");
  expect_refusal(scenario({{"bytes", "0 B"}}), "must be positive");
  expect_refusal(scenario({{"bytes", "1 GB"}, {"direction", "sideways"}}), "sideways");
  expect_refusal(scenario({{"bytes", "1 GB"}, {"writers", "all"}}), "no replicas");
  expect_refusal(scenario({{"bytes", "1 GB"}, {"snapshot", "0 GB/s"}}), "must be positive");
  expect_refusal(scenario({{"bytes", "1 GB"}, {"direction", "load"}, {"snapshot", "1 GB/s"}}), "is not copied");
  expect_refusal(scenario({{"of", training({{"data", 15}})}}), "workload.of");
  Json without = scenario({{"bytes", "1 GB"}});
  without["fleet"].erase("storage");
  expect_refusal(without, "no storage");
}

}  // namespace
}  // namespace lockstep::sim
