#include "sim/perturbations/perturbation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/isolated_simulation.hpp"
#include "sim/run_scenario.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/own_folder.hpp"
#include "topology/fleet_spec.hpp"

namespace lockstep::sim {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

Scenario scenario_with(const Json& perturbations, const Json& workload, const Json& engine) {
  const Json document = {{"fleet",
                          {{"topology", "switch"},
                           {"devices", 8},
                           {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}},
                           {"device", {{"compute", "100 TFLOP/s"}}}}},
                         {"workload", workload},
                         {"perturbations", perturbations},
                         {"engine", engine}};
  return read_scenario(document, {.catalog = catalog()});
}

const Json ring = {{"kind", "collective"}, {"operation", "all_reduce"}, {"algorithm", "ring"}, {"bytes", "1 GB"}};
const Json timers = {{"network", "contention_free"}};
const Json training = {{"kind", "training"},
                       {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
                       {"global_batch", 16},
                       {"sequence_length", 256},
                       {"parallel", {{"data", 8}}}};

std::string results(const Json& perturbations, const Json& workload, const Json& engine = timers) {
  const Scenario scenario = scenario_with(perturbations, workload, engine);
  Json all = results_of(scenario, run_scenario(scenario));
  all.erase("scenario");
  return all.dump();
}

double time_of(const Json& perturbations, const Json& workload, const Json& engine = timers) {
  return parse_json(results(perturbations, workload, engine), "results")["time_s"].get<double>();
}

// Form S16: every step of the ring waits for the one slow card.
TEST(Perturbations, OneSlowCardSlowsTheWholeRing) {
  const Json slow = {{{"kind", "slow_links"}, {"links", {"d3"}}, {"factor", 2}}};
  const double expected = 2 * 7 * (5e-6 + 1e9 / 8 * 2 / 50e9);
  EXPECT_NEAR(time_of(slow, ring, {{"network", "ports"}}), expected, 1e-9 * expected);
}

// What changes nothing changes nothing, byte for byte.
TEST(Perturbations, FactorsOfOneChangeNothing) {
  const Json nothing = Json::array();
  const Json ones = {
      {{"kind", "slow_devices"}, {"factor", 1}, {"from", "1 ms"}},
      {{"kind", "slow_devices"}, {"fraction", 0.5}, {"factor", 1}, {"every", "1 ms"}, {"lasts", "0.1 ms"}},
      {{"kind", "compute_jitter"}, {"factor", 1.0}},
      {{"kind", "slow_links"}, {"factor", 1}}};
  for (const char* network : {"contention_free", "ports"}) {
    EXPECT_EQ(results(nothing, training, {{"network", network}}), results(ones, training, {{"network", network}}));
  }
}

// A step of synchronous data parallelism is as slow as its slowest rank (S12).
TEST(Perturbations, OneSlowDeviceHoldsAllReplicasUp) {
  const Json slow = {{{"kind", "slow_devices"}, {"devices", {5}}, {"factor", 2}}};
  const Json all = {{{"kind", "slow_devices"}, {"factor", 2}}};
  Json plain = training;
  plain["overlap"] = {{"gradients", false}};
  EXPECT_NEAR(time_of(slow, plain), time_of(all, plain), 1e-12);
  EXPECT_GT(time_of(slow, plain), 1.3 * time_of(Json::array(), plain));
}

TEST(Perturbations, DrawsGoByNamesAndNotByPlace) {
  const Json jitter = {{"kind", "compute_jitter"},
                       {"factor", {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.3}}}};
  const Json other = {{"kind", "slow_links"}, {"fraction", 0.5}, {"factor", 1}};
  EXPECT_EQ(results(Json::array({jitter}), training), results(Json::array({other, jitter}), training));
  Json named = jitter;
  named["name"] = "another";
  EXPECT_NE(results(Json::array({jitter}), training), results(Json::array({named}), training));
}

TEST(Perturbations, AFractionIsExactlySoMany) {
  const Scenario scenario =
      scenario_with({{{"kind", "slow_devices"}, {"fraction", 0.25}, {"factor", 3}}}, ring, timers);
  std::vector<int> times(8);
  for (std::uint64_t replica = 0; replica < 400; ++replica) {
    const auto conditions = scenario.perturbations().conditions(scenario.fleet(), 7, {.replica = replica});
    int slow = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const bool is_slow = conditions->of_device(scenario.fleet().devices()[i]) != nullptr;
      slow += is_slow ? 1 : 0;
      times[i] += is_slow ? 1 : 0;
    }
    EXPECT_EQ(slow, 2);
  }
  // Each of them a quarter of the time, within four standard deviations.
  for (const int drawn : times) EXPECT_NEAR(drawn, 100, 4 * std::sqrt(400 * 0.25 * 0.75));
}

TEST(Perturbations, JitterIsDrawnForEachOperationOrOnceADevice) {
  const auto factors = [](const Json& jitter) {
    const Scenario scenario = scenario_with(Json::array({jitter}), ring, timers);
    const auto conditions = scenario.perturbations().conditions(scenario.fleet(), 3);
    std::vector<double> drawn;
    for (int i = 0; i < 4000; ++i) drawn.push_back(conditions->draw_factor(scenario.fleet().devices()[2]));
    return drawn;
  };
  const auto lag = [](const std::vector<double>& x) {
    double mean = 0;
    for (const double value : x) mean += value / static_cast<double>(x.size());
    double variance = 0;
    double product = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
      variance += (x[i] - mean) * (x[i] - mean);
      product += (x[i] - mean) * (x[i + 1] - mean);
    }
    return product / variance;
  };
  Json jitter = {{"kind", "compute_jitter"}, {"factor", {{"distribution", "uniform"}, {"low", 1}, {"high", 2}}}};
  EXPECT_NEAR(lag(factors(jitter)), 0, 4 / std::sqrt(4000.0));
  jitter["correlation"] = 0.8;
  EXPECT_NEAR(lag(factors(jitter)), 0.8, 0.1);
  jitter.erase("correlation");
  jitter["each"] = "device";
  const std::vector<double> once = factors(jitter);
  EXPECT_EQ(std::count(once.begin(), once.end(), once.front()), 4000);
}

TEST(Perturbations, TracesAreReadAsSimGridWritesThem) {
  const std::string path = own_file("speeds.profile", "# of a busy machine\n0 1.0\n0.5 0.5\nLOOPAFTER 0.5\n");
  const Scenario scenario = scenario_with({{{"kind", "trace"}, {"file", path}, {"devices", 1}}}, ring, timers);
  const auto conditions = scenario.perturbations().conditions(scenario.fleet(), 0);
  const SpeedProfile* profile = conditions->of_device(scenario.fleet().devices()[1]);
  ASSERT_NE(profile, nullptr);
  EXPECT_EQ(conditions->of_device(scenario.fleet().devices()[0]), nullptr);
  EXPECT_NEAR(finish(*profile, Seconds(0), Seconds(3)).si(), 4, 1e-12);
  EXPECT_NEAR(work_between(*profile, Seconds(10.25), Seconds(11.25)).si(), 0.75, 1e-12);
}

TEST(Perturbations, MistakesAreExplained) {
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"kind", "slow_devices"}, {"fraction", 1.5}, {"factor", 2}}, "fraction"},
      {{{"kind", "slow_devices"}, {"factor", 0}}, "positive"},
      {{{"kind", "slow_devices"}}, "factor"},
      {{{"kind", "slow_device"}, {"factor", 2}}, "slow_devices"},
      {{{"kind", "slow_devices"}, {"factor", 2}, {"until", "0 s"}}, "until"},
      {{{"kind", "slow_devices"}, {"factor", 2}, {"every", "1 s"}}, "lasts"},
      {{{"kind", "slow_devices"}, {"factor", 2}, {"devices", {99}}}, "99"},
      {{{"kind", "slow_links"}, {"factor", 2}, {"links", {"x"}}}, "'x'"},
      {{{"kind", "stall"}, {"every", "0 s"}, {"lasts", "1 s"}}, "always 0 s"},
      {{{"kind", "compute_jitter"}, {"factor", 1.0}, {"correlation", 1.0}}, "correlation"},
      {{{"kind", "link_jitter"}, {"factor", 0.0}, {"every", "1 s"}}, "infinitely"},
      {{{"kind", "trace"}, {"file", "/nowhere"}}, "/nowhere"}};
  for (const auto& [perturbation, part] : cases) {
    try {
      scenario_with(Json::array({perturbation}), ring, timers);
      ADD_FAILURE() << perturbation;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

// When something ends and what is done until then are two views of one function.
TEST(SpeedProfiles, AreFinishedWhenTheirWorkIsDone) {
  RandomStream random(5, "tests/speed_profiles");
  const auto uniform = [&](double low, double high) { return low + (high - low) * random.uniform(); };
  for (int i = 0; i < 500; ++i) {
    const Seconds from(uniform(0, 5));
    ProfilePointer profile = slow_within(uniform(0, 2), {from, from + Seconds(uniform(0.1, 5))});
    profile = both(profile, slow_again(uniform(0, 1), {Seconds(0.3), Seconds(0.3 + uniform(0.1, 0.5))}, Seconds(1)));
    profile = both(profile,
                   slow_at_random(uniform(0, 1), {Distribution::constant(uniform(0.1, 1)), Distribution::constant(0.2)},
                                  {Seconds(0), Seconds(20)}, RandomStream(static_cast<std::uint64_t>(i), "windows")));
    profile = both(profile, recorded_speed({{Seconds(0), 1}, {Seconds(0.7), uniform(0.2, 1)}}, Seconds(1.1)));
    const Seconds start(uniform(0, 10));
    const Seconds work(uniform(0.01, 10));
    const Seconds end = finish(*profile, start, work);
    EXPECT_GT(end, start);
    EXPECT_NEAR(work_between(*profile, start, end).si(), work.si(), 1e-12 * end.si());
    EXPECT_LE(finish(*profile, start, work / 2), end);
  }
}

}  // namespace
}  // namespace lockstep::sim
