#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/updates/updates.hpp"

// What protocols have in common, and what holds whatever is drawn.
namespace lockstep::sim {
namespace {

const Json uniform = {{"distribution", "uniform"}, {"low", "0.5 s"}, {"high", "2 s"}};

Json workload(const Json& more, int updates = 500) {
  Json json = {{"workers", 6}, {"compute", uniform}, {"updates", updates}};
  json.update(more);
  return json;
}

// Without what the scenario is called there.
Json outcome(const Json& workload, const Json& more = Json::object(), std::uint64_t replica = 0) {
  Json results = run_updates(workload, more, replica);
  results.erase("scenario");
  return results;
}

TEST(UpdatesProperty, SpecialCasesAreTheProtocolsThatTheyAre) {
  const Json sync = outcome(workload({{"protocol", "sync"}}));
  EXPECT_EQ(sync, outcome(workload({{"protocol", "k_sync"}, {"k", 6}})));
  EXPECT_EQ(sync, outcome(workload({{"protocol", "backup"}, {"backups", 0}})));
  EXPECT_EQ(sync, outcome(workload({{"protocol", "local_sgd"}, {"period", 1}})));
  EXPECT_EQ(sync, outcome(workload({{"protocol", "k_async"}, {"k", 6}})));
  const Json async = outcome(workload({{"protocol", "async"}}));
  EXPECT_EQ(async, outcome(workload({{"protocol", "k_async"}, {"k", 1}})));
  EXPECT_EQ(async, outcome(workload({{"protocol", "k_batch_async"}, {"k", 1}})));
  EXPECT_EQ(async, outcome(workload({{"protocol", "ssp"}, {"staleness", 1000000}})));
  EXPECT_EQ(outcome(workload({{"protocol", "backup"}, {"backups", 2}})),
            outcome(workload({{"protocol", "k_sync"}, {"k", 4}})));
  EXPECT_EQ(outcome(workload({{"protocol", "k_sync"}, {"k", 4}})),
            outcome(workload({{"protocol", "k_sync"}, {"k", 4}, {"timeout", "0 s"}})));
}

// Uniform times are new-longer-than-used: who has begun has less before him than who begins (Dutta et al. 2018).
TEST(UpdatesProperty, WaitingLessIsFaster) {
  const auto rate = [](const Json& protocol) {
    return outcome(workload(protocol, 2000))["gradients_per_s"].get<double>();
  };
  const double sync = rate({{"protocol", "sync"}});
  const double k_sync = rate({{"protocol", "k_sync"}, {"k", 3}});
  const double k_async = rate({{"protocol", "k_async"}, {"k", 3}});
  const double async = rate({{"protocol", "async"}});
  EXPECT_LT(k_sync, k_async);
  EXPECT_LT(sync, k_async);
  EXPECT_LT(k_async, async);
  double before = sync;
  for (const int staleness : {1, 2, 4, 8}) {
    const double bounded = rate({{"protocol", "ssp"}, {"staleness", staleness}});
    EXPECT_GT(bounded, before) << staleness;
    before = bounded;
  }
  EXPECT_LT(before, async);
}

TEST(UpdatesProperty, TimesScale) {
  for (const char* protocol : {"sync", "k_sync", "k_batch_sync", "async", "k_async", "k_batch_async"}) {
    Json one = workload({{"protocol", protocol}, {"server", {{"service", "10 ms"}}}});
    if (protocol[0] == 'k') one["k"] = 4;
    Json twice = one;
    twice["compute"] = {{"distribution", "uniform"}, {"low", "1 s"}, {"high", "4 s"}};
    twice["server"]["service"] = "20 ms";
    const Json fast = outcome(one);
    const Json slow = outcome(twice);
    EXPECT_NEAR(slow["time_s"].get<double>(), 2 * fast["time_s"].get<double>(), 1e-9 * slow["time_s"].get<double>());
    EXPECT_EQ(slow["staleness"], fast["staleness"]) << protocol;
    EXPECT_EQ(slow["gradients"], fast["gradients"]) << protocol;
  }
}

TEST(UpdatesProperty, ReplicasDrawAnewAndSeedsRepeat) {
  const Json async = workload({{"protocol", "async"}});
  const Json nothing = Json::object();
  EXPECT_EQ(outcome(async, nothing, 3), outcome(async, nothing, 3));
  EXPECT_NE(outcome(async, nothing, 3)["time_s"], outcome(async, nothing, 4)["time_s"]);
  EXPECT_NE(outcome(async, {{"run", {{"seed", 1}}}})["time_s"], outcome(async)["time_s"]);
}

TEST(UpdatesProperty, FactorOneChangesNothing) {
  const Json async = workload({{"protocol", "async"}});
  EXPECT_EQ(outcome(async), outcome(async, {{"perturbations", {slow_device(2, 1)}}}));
}

TEST(UpdatesProperty, WhatWasRunIsAScenarioAgain) {
  const Json first =
      run_updates(workload({{"protocol", "backup"}, {"backups", 2}, {"timeout", "1 s"}, {"samples", 32}}));
  const Scenario again = read_updates(first["scenario"]);
  EXPECT_EQ(results_of(again, run_scenario(again)), first);
}

TEST(UpdatesProperty, HistogramHoldsEveryGradient) {
  // Stalenesses of thousands, so that bins have become wider.
  const Json result = outcome(workload({{"protocol", "async"}}, 40000), {{"perturbations", {slow_device(0, 1000)}}});
  EXPECT_GT(result["staleness"]["bin_width"].get<int>(), 1);
  std::uint64_t all = 0;
  for (const Json& bin : result["staleness"]["histogram"]) all += bin.get<std::uint64_t>();
  EXPECT_EQ(all, 40000U);
  const auto bins = result["staleness"]["histogram"].size();
  EXPECT_EQ(bins - 1,
            result["staleness"]["max"].get<std::uint64_t>() / result["staleness"]["bin_width"].get<std::uint64_t>());
}

}  // namespace
}  // namespace lockstep::sim
