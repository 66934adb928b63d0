// Campaigns of scenarios, whose steps are simulated once a kind, held against simulating all of them.
#include "sim/campaign/scenario_campaign.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"
#include "sim/simulate.hpp"

namespace lockstep::sim {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

Json document(const Json& perturbations, const Json& run) {
  return {{"fleet",
           {{"topology", "switch"},
            {"devices", 8},
            {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}},
            {"device", {{"compute", "100 TFLOP/s"}}}}},
          {"workload",
           {{"kind", "training"},
            {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
            {"global_batch", 16},
            {"sequence_length", 256},
            {"parallel", {{"data", 4}, {"pipeline", 2}}}}},
          {"perturbations", perturbations},
          {"engine", {{"network", "contention_free"}}},
          {"run", run}};
}

Scenario scenario(const Json& perturbations, const Json& run) {
  return read_scenario(document(perturbations, run), {.catalog = catalog()});
}

double undisturbed_step() {
  return run_scenario(scenario(Json::array(), Json::object())).end.si();
}

std::string seconds(double time) {
  Json text = time;
  return text.dump() + " s";
}

// Slow from the middle of one step to that of another, and again and again.
Json changing_speeds(double step) {
  return {{{"kind", "slow_devices"},
           {"devices", {3}},
           {"factor", 2},
           {"from", seconds(3.5 * step)},
           {"until", seconds(20.2 * step)}},
          {{"kind", "slow_links"},
           {"links", {"d1"}},
           {"factor", 40},
           {"every", seconds(7.3 * step)},
           {"lasts", seconds(1.7 * step)}}};
}

TEST(ScenarioCampaign, IsWhatSimulatingEveryStepGives) {
  const double step = undisturbed_step();
  const Json changes = changing_speeds(step);
  const Scenario all = scenario(changes, {{"steps", 60}});
  const double simulated = run_scenario(all).end.si();
  EXPECT_GT(simulated, 61 * step);
  const Scenario once = scenario(changes, {{"steps", 60}, {"checkpoint", {{"interval", "never"}}}});
  ASSERT_TRUE(once.is_campaign());
  const CampaignOutcome outcome = run_campaign(once);
  EXPECT_NEAR(outcome.record.time.total().si(), simulated, 1e-9 * simulated);
  EXPECT_LT(outcome.simulated_steps, 45);
}

// Other people's flows come and go as speeds do.
TEST(ScenarioCampaign, MeetsOthersFlowsWhenTheyAreThere) {
  const double step = undisturbed_step();
  const Json traffic = {{{"kind", "background_traffic"},
                         {"links", {"d2"}},
                         {"flows", 30},
                         {"every", seconds(9.4 * step)},
                         {"lasts", seconds(3.3 * step)}}};
  const double simulated = run_scenario(scenario(traffic, {{"steps", 60}})).end.si();
  EXPECT_GT(simulated, 61 * step);
  const CampaignOutcome outcome =
      run_campaign(scenario(traffic, {{"steps", 60}, {"checkpoint", {{"interval", "never"}}}}));
  EXPECT_NEAR(outcome.record.time.total().si(), simulated, 1e-9 * simulated);
  EXPECT_LT(outcome.simulated_steps, 45);
}

// The same by the shortest way to say it: one simulation a step, and what the rules of failures say between them.
TEST(ScenarioCampaign, IsWhatAPlainLoopOverStepsGives) {
  const double step = undisturbed_step();
  Json perturbations = changing_speeds(step);
  constexpr double life = 23.3, restart = 2.25, write = 0.6, between = 5;  // in undisturbed steps
  perturbations.push_back({{"kind", "failures"},
                           {"lifetime", seconds(life * step)},
                           {"restart", seconds(restart * step)},
                           {"restart_can_fail", false},
                           {"checkpoint", {{"interval", seconds(between * step)}, {"write", seconds(write * step)}}}});
  const Scenario all = scenario(perturbations, {{"steps", 40}});
  const CampaignRecord record = run_campaign(all).record;

  const auto conditions = all.perturbations().conditions(all.fleet(), all.seed());
  double now = 0, running = 0, next_failure = life * step, since = 0, last = 0;
  int done = 0, saved = 0, failures = 0;
  while (saved < 40) {
    Conditions changing = *conditions;
    std::vector<Job> job = all.jobs();
    job.front().start = Seconds(now);
    const bool is_writing = done == 40 || (since > 0 && since >= between * step - last / 2);
    const double span =
        is_writing ? write * step : simulate(all.fleet(), job, all.engine(), nullptr, &changing).end.si() - now;
    if (running + span > next_failure) {
      now += next_failure - running + restart * step;
      running = next_failure;
      next_failure += life * step;
      ++failures;
      done = saved;
      since = 0;
      continue;
    }
    now += span;
    running += span;
    if (is_writing) {
      saved = done;
      since = 0;
    } else {
      ++done;
      since += span;
      last = span;
    }
  }
  EXPECT_EQ(record.failures, failures);
  EXPECT_GE(failures, 2);
  EXPECT_NEAR(record.time.total().si(), now, 1e-9 * now);
}

TEST(ScenarioCampaign, DrawsStepsWhereAllAreDifferent) {
  const Json jitter = {{{"kind", "compute_jitter"}, {"factor", {{"distribution", "exponential"}, {"mean", 1}}}}};
  const Scenario simulated = scenario(jitter, {{"steps", 400}});
  const Json all = results_of(simulated, run_scenario(simulated));
  const Scenario drawn = scenario(jitter, {{"steps", 20000}, {"sampled_steps", 400}});
  const CampaignOutcome outcome = run_campaign(drawn);
  EXPECT_TRUE(outcome.draws_steps);
  // The steps that it draws from are the very ones: with as many, their mean is met by the rule of four errors.
  const double error = all["steps"]["stddev_s"].get<double>() / std::sqrt(20000.);
  EXPECT_NEAR(outcome.record.time.productive.si() / 20000, all["time_s"].get<double>(), 4 * error);
}

TEST(ScenarioCampaign, OnFewerReplicasTakesTheirStep) {
  Json failures = {{"kind", "failures"},
                   {"of", "node"},
                   {"mtbf", "1000 d"},
                   {"elastic", {{"least_replicas", 2}}},
                   {"repair", "10 d"}};
  const Scenario elastic = scenario(Json::array({failures}), {{"steps", 10}});
  ASSERT_EQ(elastic.smaller().size(), 2);
  Json smaller = document(Json::array(), Json::object());
  smaller["workload"]["parallel"]["data"] = 3;
  smaller["workload"]["global_batch"] = 12;
  smaller["workload"]["devices"] = {0, 1, 2, 3, 4, 5};
  const double expected = run_scenario(read_scenario(smaller, {.catalog = catalog()})).end.si();
  EXPECT_EQ(run_scenario(*elastic.smaller()[0]).end.si(), expected);
}

TEST(ScenarioCampaign, WhatMakesNoSenseIsRefused) {
  const auto failures = [](Json fields) {
    fields["kind"] = "failures";
    return Json::array({fields});
  };
  const Json checkpoint = {{"interval", "30 min"}, {"write", "60 s"}};
  for (const Json& perturbations : std::vector<Json>{
           failures({{"mtbf", 3}}), failures({{"mtbf", "0 s"}}), failures({{"mtbf", "-3 h"}}), failures(Json::object()),
           failures({{"mtbf", "3 h"}, {"lifetime", "3 h"}}), failures({{"lifetime", "0 s"}}),
           failures({{"mtbf", "3 h"}, {"of", "city"}}),
           failures({{"mtbf", "3 h"}, {"checkpoint", {{"interval", "yung"}, {"write", "60 s"}}}}),
           failures({{"mtbf", "3 h"}, {"checkpoint", {{"interval", "30 min"}}}}),
           failures({{"mtbf", "3 h"}, {"checkpoint", {{"interval", "0 s"}, {"write", "60 s"}}}}),
           failures({{"mtbf", "3 h"}, {"checkpoint", {{"interval", "1 h"}, {"write", "60 s"}, {"snapshot", "1 s"}}}}),
           failures({{"mtbf", "3 h"}, {"spares", -1}}),
           failures({{"mtbf", "3 h"}, {"elastic", {{"least_replicas", 4}}}}),
           Json::array({{{"kind", "failures"}, {"mtbf", "3 h"}, {"checkpoint", checkpoint}},
                        {{"kind", "failures"}, {"mtbf", "5 h"}, {"checkpoint", checkpoint}}}),
           Json::array({{{"kind", "preemption"}, {"every", "0 s"}, {"lasts", "1 h"}}})}) {
    EXPECT_THROW(scenario(perturbations, {{"steps", 10}}), InputError) << perturbations.dump();
  }
  EXPECT_THROW(scenario(Json::array(), {{"steps", 10}, {"duration", "1 h"}}), InputError);
  EXPECT_THROW(scenario(Json::array(), {{"duration", "0 s"}}), InputError);
}

}  // namespace
}  // namespace lockstep::sim
