// Runs in which some of what disturbs is as if it were not there.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/isolated_simulation.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

const Json slow = {{"kind", "slow_devices"}, {"devices", {1}}, {"factor", 3}};
const Json jitter = {{"kind", "compute_jitter"},
                     {"factor", {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.4}}}};
const Json link = {{"kind", "slow_links"}, {"links", {"d2"}}, {"factor", 5}};

Scenario scenario(const Json& perturbations, const std::string& network = "contention_free") {
  const Json document = {
      {"fleet",
       {{"topology", "switch"},
        {"devices", 4},
        {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}},
        {"device", {{"compute", "100 TFLOP/s"}}}}},
      {"workload",
       {{"kind", "training"},
        {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
        {"global_batch", 16},
        {"sequence_length", 256},
        {"parallel", {{"data", 2}, {"pipeline", 2}}}}},
      {"perturbations", perturbations},
      {"engine", {{"network", network}}},
      {"run", {{"seed", 11}}}};
  return read_scenario(document, {.catalog = Catalog::bundled()});
}

double time_of(const Json& perturbations, const Healing& healed = {}) {
  return run_scenario(scenario(perturbations), nullptr, {.healed = healed}).end.si();
}

TEST(Healing, OfOnePerturbationLeavesTheDrawsOfTheOthers) {
  EXPECT_EQ(time_of({slow, jitter, link}, {.perturbations = {"slow_devices"}}), time_of({jitter, link}));
  EXPECT_EQ(time_of({slow, jitter, link}, {.perturbations = {"slow_devices", "slow_links"}}),
            time_of(Json::array({jitter})));
  EXPECT_LT(time_of({jitter, link}), time_of({slow, jitter, link}));
}

TEST(Healing, OfEverythingIsTheUndisturbedRun) {
  const double undisturbed = time_of(Json::array());
  EXPECT_EQ(time_of({slow, jitter, link}, {.perturbations = {"slow_devices", "slow_links", "compute_jitter"}}),
            undisturbed);
  for (const char* network : {"contention_free", "ports", "fluid"}) {
    const Scenario disturbed = scenario({slow, jitter, link}, network);
    Healing all;
    const auto devices = disturbed.fleet().devices();
    all.devices.assign(devices.begin(), devices.end());
    for (std::uint32_t i = 0; i < disturbed.fleet().channels().size(); ++i) {
      all.channels.emplace_back(i);
    }
    std::vector<ChildTask> tasks = {
        [&] { return std::to_string(run_scenario(disturbed, nullptr, {.healed = all}).end.si()); },
        [&] { return std::to_string(run_scenario(scenario(Json::array(), network)).end.si()); }};
    const auto answers = run_in_children(tasks, 2);
    EXPECT_EQ(answers[0].bytes(), answers[1].bytes()) << network;
  }
}

TEST(Healing, OfADeviceTakesAwayAllThatSlowsIt) {
  const Scenario disturbed = scenario(Json::array({slow}));
  const Healing right{.devices = {disturbed.fleet().devices()[1]}};
  const Healing wrong{.devices = {disturbed.fleet().devices()[2]}};
  EXPECT_EQ(time_of(Json::array({slow}), right), time_of(Json::array()));
  EXPECT_EQ(time_of(Json::array({slow}), wrong), time_of(Json::array({slow})));
}

TEST(Replicas, DrawAnewAndEachAlwaysTheSame) {
  const auto run = [](std::uint64_t replica) {
    return run_scenario(scenario(Json::array({jitter})), nullptr, {.replica = replica}).end.si();
  };
  EXPECT_EQ(run(0), time_of(Json::array({jitter})));
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(0), run(1));
}

}  // namespace
}  // namespace lockstep::sim
