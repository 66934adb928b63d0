#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

Scenario read(const std::string& text) {
  static const Catalog catalog = Catalog::bundled();
  return read_scenario(parse_json(text, "test.json"), {.catalog = catalog, .file = "test.json"});
}

Json results(const std::string& text) {
  const Scenario scenario = read(text);
  return results_of(scenario, run_scenario(scenario));
}

const std::string pipeline =
    R"({"kind":"pipeline","schedule":"1f1b","stages":4,"microbatches":8,"forward":"1 s","backward":"2 s")";

TEST(PipelineKind, RunsOnIdealDevicesWhereNoFleetIsStated) {
  const Json json = results(R"({"workload":)" + pipeline + "}}");
  EXPECT_DOUBLE_EQ(json["time_s"].get<double>(), 33);
  EXPECT_DOUBLE_EQ(json["bubble_fraction"].get<double>(), 3.0 / 11);
  ASSERT_EQ(json["stages"].size(), 4U);
  const Json& stage = json["stages"][1];
  EXPECT_DOUBLE_EQ(stage["busy_s"].get<double>(), 24);
  EXPECT_DOUBLE_EQ(stage["first_start_s"].get<double>(), 1);
  EXPECT_DOUBLE_EQ(stage["last_end_s"].get<double>(), 31);
  EXPECT_EQ(stage["peak_in_flight"], 3);
  EXPECT_EQ(stage["peak_until_weight_gradient"], 3);
  EXPECT_DOUBLE_EQ(json["idle_s"]["warm_up"].get<double>(), 6 + 5 + 4 + 3);
  EXPECT_DOUBLE_EQ(json["idle_s"]["drain"].get<double>(), 3 + 4 + 5 + 6);
}

TEST(PipelineKind, AsRunIsAScenarioThatGivesTheSame) {
  const Scenario first = read(R"({"workload":{"kind":"pipeline","schedule":"zb_v","stages":3,"microbatches":7,)"
                              R"("forward":{"distribution":"uniform","low":"1 s","high":"2 s"},"backward_input":"1 s",)"
                              R"("backward_weight":["1 s","2 s","1 s"],"transfer":"0.1 s"},"run":{"seed":3}})");
  static const Catalog catalog = Catalog::bundled();
  const Scenario second = read_scenario(first.as_run(), {.catalog = catalog, .file = "test.json"});
  EXPECT_EQ(second.as_run(), first.as_run());
  EXPECT_EQ(results_of(second, run_scenario(second)), results_of(first, run_scenario(first)));
}

// The mesh gives every hop links of its own: each message of 100 MB takes 0.1 + 0.1 s in every network.
TEST(PipelineKind, SendsActivationsOverTheFleet) {
  const std::string fleet =
      R"({"fleet":{"topology":"full_mesh","devices":4,"link":{"bandwidth":"1 GB/s","latency":"0.1 s"}},"engine":{"network":")";
  const std::string workload = R"("},"workload":)" + pipeline;
  const Json fixed = results(R"({"workload":)" + pipeline + R"(,"transfer":"0.2 s"}})");
  for (const char* network : {"contention_free", "ports", "fluid"}) {
    const Json json =
        results(std::string(fleet).append(network).append(workload).append(R"(,"activation":"100 MB"}})"));
    EXPECT_NEAR(json["time_s"].get<double>(), fixed["time_s"].get<double>(), 1e-9 * 33) << network;
    EXPECT_DOUBLE_EQ(json["network"]["bytes_total"].get<double>(), 2 * 3 * 8 * 1e8);
    EXPECT_DOUBLE_EQ(json["stages"][0]["peak_activation_bytes"].get<double>(), 4e8);
    EXPECT_NEAR(json["idle_s"]["transfer"].get<double>(), fixed["idle_s"]["transfer"].get<double>(), 1e-9);
  }
}

TEST(PipelineKind, CountsFromItsOwnStart) {
  const std::string fleet =
      R"({"fleet":{"topology":"switch","devices":8,"link":{"bandwidth":"1 GB/s","latency":"0.1 s"}},"engine":{"network":"ports"},)";
  const Json json = results(fleet + R"("workloads":[)" + pipeline + R"(,"devices":[7,6,5,4],"start":"5 s"},)" +
                            pipeline + R"(,"devices":[0,1,2,3]}]})");
  EXPECT_DOUBLE_EQ(json["time_s"].get<double>(), 38);
  EXPECT_EQ(json["workloads"][0]["stages"], json["workloads"][1]["stages"]);
}

TEST(PipelineKind, NeedsADeviceForEachStage) {
  try {
    read(R"({"fleet":{"topology":"switch","devices":3,"link":{"bandwidth":"1 GB/s","latency":"0 s"}},"workload":)" +
         pipeline + "}}");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("4 stages need as many devices, and there are 3"));
  }
}

// More pending wake-ups than events would double with every event here.
TEST(PipelineKind, KeepsTheFluidNetworkQuick) {
  const Json json = results(
      R"({"fleet":{"topology":"ring","devices":16,"link":{"bandwidth":"1 GB/s","latency":"0 s"}},"workload":)"
      R"({"kind":"pipeline","schedule":"1f1b","stages":16,"microbatches":200,"forward":"1 ms","backward":"2 ms",)"
      R"("activation":"0.1 MB"}})");
  EXPECT_GT(json["time_s"].get<double>(), 215 * 3e-3);
}

}  // namespace
}  // namespace lockstep::sim
