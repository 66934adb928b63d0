#include "sim/scenario/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

Json document(const std::string& workload = R"("operation":"all_reduce","algorithm":"ring","bytes":"1 MB")",
              const std::string& more = "") {
  return parse_json(R"({"fleet":{"topology":"switch","devices":4,"link":{"bandwidth":"1 GB/s","latency":"1 ms"}},)"
                    R"("workload":{"kind":"collective",)" +
                        workload + R"(},"engine":{"network":"contention_free"})" + more + "}",
                    "test.json");
}

Scenario read(const Json& json) {
  static const Catalog catalog = Catalog::bundled();
  return read_scenario(json, {.catalog = catalog, .file = "test.json"});
}

std::string refusal(const Json& json) {
  try {
    read(json);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Scenario, RunsAndSaysItsResults) {
  const Scenario scenario = read(document());
  const Json results = results_of(scenario, run_scenario(scenario));
  EXPECT_DOUBLE_EQ(results["time_s"].get<double>(), 6 * (2e-3 + 0.25e-3));
  EXPECT_EQ(results["events"], 24);
  EXPECT_DOUBLE_EQ(results["algorithm_bandwidth_bytes_per_s"].get<double>(), 1e6 / 13.5e-3);
  EXPECT_DOUBLE_EQ(results["bus_bandwidth_bytes_per_s"].get<double>(), 1.5 * 1e6 / 13.5e-3);
  EXPECT_DOUBLE_EQ(results["network"]["bytes_total"].get<double>(), 6e6);
  EXPECT_EQ(results["network"]["links"].size(), 8U);
}

TEST(Scenario, AsRunIsAScenarioThatGivesTheSame) {
  const Scenario first = read(document(R"("operation":"all_reduce","algorithm":"ring","bytes":"1 MB","segments":3,)"
                                       R"("arrivals":["0 s","1 ms","0 s","7 us"],"reduction_rate":"1 GB/s")"));
  const Scenario second = read(first.as_run());
  EXPECT_EQ(second.as_run(), first.as_run());
  EXPECT_EQ(results_of(second, run_scenario(second)), results_of(first, run_scenario(first)));
}

TEST(Scenario, SendsStatedMessages) {
  const Scenario scenario = read(document(
      R"("operation":"send","messages":[{"from":0,"to":1,"bytes":"1 MB"},{"from":2,"to":1,"bytes":"1 MB","at":"1 s"}])"));
  const Json results = results_of(scenario, run_scenario(scenario));
  EXPECT_DOUBLE_EQ(results["time_s"].get<double>(), 1.003);
  EXPECT_DOUBLE_EQ(results["rank_end_s"][0].get<double>(), 0.003);
}

TEST(Scenario, RunsSeveralWorkloadsOnTheirDevices) {
  Json json = document();
  const Json one = json["workload"];
  json.erase("workload");
  json["workloads"] = {one, one};
  json["workloads"][0]["devices"] = {0, 1};
  json["workloads"][1]["devices"] = {"d2", "d3"};
  json["workloads"][1]["start"] = "1 s";
  const Scenario scenario = read(json);
  const Json results = results_of(scenario, run_scenario(scenario));
  EXPECT_DOUBLE_EQ(results["workloads"][0]["time_s"].get<double>(), 2 * (2e-3 + 0.5e-3));
  EXPECT_DOUBLE_EQ(results["workloads"][1]["end_s"].get<double>(), 1 + 2 * (2e-3 + 0.5e-3));
  EXPECT_DOUBLE_EQ(results["time_s"].get<double>(), 1 + 2 * (2e-3 + 0.5e-3));
  EXPECT_EQ(read(scenario.as_run()).as_run(), scenario.as_run());
}

TEST(Scenario, ExplainsWhatIsWrong) {
  using testing::HasSubstr;
  const std::string reduce = R"("operation":"all_reduce","algorithm":"ring","bytes":"1 MB",)";
  EXPECT_THAT(refusal(document(reduce + R"("ranks":[0,9])")), HasSubstr("there is no device 9"));
  EXPECT_THAT(refusal(document(reduce + R"("ranks":[0,-1])")), HasSubstr("there is no device -1"));
  EXPECT_THAT(refusal(document(reduce + R"("ranks":[0,1,0])")), HasSubstr("device 0 is listed twice"));
  EXPECT_THAT(refusal(document(reduce + R"("ranks":[2])")), HasSubstr("two ranks or more"));
  EXPECT_THAT(refusal(document(reduce + R"("ranks":[])")), HasSubstr("two ranks or more"));
  EXPECT_THAT(refusal(document(reduce + R"("segmnts":2)")), HasSubstr("segments"));
  EXPECT_THAT(refusal(document(reduce + R"("segments":0)")), HasSubstr("workload.segments"));
  EXPECT_THAT(refusal(document(reduce + R"("element":"3 B")")), HasSubstr("whole number of elements"));
  EXPECT_THAT(refusal(document(reduce + R"("arrivals":["0 s"])")),
              HasSubstr("1 arrivals for 4 ranks; state one for each rank"));
  EXPECT_THAT(refusal(document(reduce + R"("segments":1e30)")), HasSubstr("at most 2^53, not 1e+30"));
  EXPECT_THAT(refusal(document(R"("operation":"barrier","bytes":"1 B")")), HasSubstr("a barrier moves no bytes"));
  EXPECT_THAT(refusal(document(reduce + R"("reduction_rate":"0 B/s")")), HasSubstr("never get done"));
  EXPECT_THAT(refusal(document(R"("operation":"all_reduce","algorithm":"ring","bytes":"0 B")")),
              HasSubstr("no bytes to move"));
  EXPECT_THAT(refusal(document(R"("operation":"all_reduce","algorithm":"ring","bytes":5)")), HasSubstr("unit"));
  EXPECT_THAT(refusal(document(R"("operation":"all_reduce","algorithm":"rign","bytes":"1 B")")),
              testing::AllOf(HasSubstr("workload.algorithm"), HasSubstr("'ring'")));
  EXPECT_THAT(refusal(document(R"("operation":"al_reduce","algorithm":"ring","bytes":"1 B")")),
              HasSubstr("'all_reduce'"));
  EXPECT_THAT(refusal(document(R"("operation":"all_to_all","algorithm":"ring","bytes":"1 B")")),
              HasSubstr("cannot do all_to_all"));
  EXPECT_THAT(refusal(document(R"("operation":"send")")), HasSubstr("messages"));
  EXPECT_THAT(refusal(document(R"("operation":"send","messages":[{"from":1,"to":1,"bytes":"1 B"}])")),
              HasSubstr("cannot send to itself"));
  EXPECT_THAT(refusal(document(R"("operation":"send","messages":[{"from":0,"to":4,"bytes":"1 B"}])")),
              HasSubstr("messages[0].to"));
}

TEST(Scenario, ExplainsWhatIsWrongAroundTheWorkload) {
  using testing::HasSubstr;
  Json json = document();
  json["engine"] = {{"network", "fluidd"}};
  EXPECT_THAT(refusal(json), HasSubstr("engine.network"));
  json["engine"] = {{"network", "contention_free"}, {"gap", "1 us"}};
  EXPECT_THAT(refusal(json), HasSubstr("has no ports"));
  json["engine"] = {{"network", "ports"}, {"gap", "1 us"}, {"port_holds_latency", false}};
  EXPECT_THAT(refusal(json), HasSubstr("LogGP"));
  json = document();
  json["workload"]["kind"] = "colective";
  EXPECT_THAT(refusal(json), HasSubstr("'collective'"));
  json["workloads"] = Json::array();
  EXPECT_THAT(refusal(json), HasSubstr("either"));
  json = document();
  json.erase("fleet");
  EXPECT_THAT(refusal(json), HasSubstr("needs a fleet"));
  json = document();
  json.erase("workload");
  EXPECT_THAT(refusal(json), HasSubstr("no workload"));
  json = document();
  json["workload"]["devices"] = {0, "s0"};
  EXPECT_THAT(refusal(json), HasSubstr("no device 's0'"));
  json["workload"]["devices"] = {0, 1, "d0"};
  EXPECT_THAT(refusal(json), HasSubstr("device d0 is listed twice"));
  json["workload"]["devices"] = Json::array();
  EXPECT_THAT(refusal(json), HasSubstr("the list is empty"));
  json = document();
  json["perturbation"] = 1;
  EXPECT_THAT(refusal(json), HasSubstr("perturbation"));
}

TEST(Scenario, EndsWithAnErrorWhenItsClockGoesBeyondAllMeasure) {
  const std::string reduce = R"("operation":"all_reduce","algorithm":"ring","bytes":"1 MB")";
  Json json = document(reduce + R"(,"message_overhead":"1e308 s")");
  EXPECT_THROW(run_scenario(read(json)), SimulationError);
  json["engine"] = {{"network", "ports"}};
  EXPECT_THROW(run_scenario(read(json)), SimulationError);
  json = document(reduce);
  json["engine"] = {{"network", "ports"}, {"gap_per_byte", "1e308 s"}};
  EXPECT_THROW(run_scenario(read(json)), SimulationError);
  EXPECT_THROW(run_scenario(read(document(reduce + R"(,"arrivals":["0 s","0 s","0 s","1e19 s"])"))), SimulationError);
}

}  // namespace
}  // namespace lockstep::sim
