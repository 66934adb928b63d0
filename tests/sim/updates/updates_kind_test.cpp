#include "sim/scenario/updates_kind.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/sim/updates/updates.hpp"

namespace lockstep::sim {
namespace {

using ::testing::HasSubstr;

std::string refusal_of(const Json& scenario) {
  try {
    read_updates(scenario);
  } catch (const InputError& error) {
    return error.what();
  }
  return "it was accepted";
}

TEST(UpdatesKind, RefusesWhatMakesNoSense) {
  const Json good = updates_scenario({{"protocol", "async"}, {"workers", 4}, {"compute", "1 s"}});
  ASSERT_EQ(refusal_of(good), "it was accepted");
  const std::vector<std::pair<Json, const char*>> bad = {
      {{{"protocol", "asynk"}}, "there is no protocol 'asynk'; did you mean 'async'?"},
      {{{"k", 3}}, "workload.k: unknown key"},
      {{{"protocol", "k_sync"}}, "workload: the field 'k' is missing"},
      {{{"protocol", "k_sync"}, {"k", 5}}, "must be between 1 and 4"},
      {{{"protocol", "backup"}, {"backups", 4}}, "must be between 0 and 3"},
      {{{"protocol", "ssp"}, {"staleness", -1}}, "workload.staleness"},
      {{{"protocol", "local_sgd"}, {"period", 0}}, "workload.period"},
      {{{"protocol", "sync"}, {"timeout", "1 s"}}, "workload.timeout: unknown key"},
      {{{"protocol", "k_sync"}, {"k", 3}, {"timeout", "-1 s"}}, "workload.timeout: must not be negative"},
      {{{"payload", "1 MB"}}, "it is not known where the parameter server stands"},
      {{{"payload", "-1 MB"}}, "workload.payload: must not be negative"},
      {{{"server", {{"at", "s0"}}}}, "workload.server.at: the fleet has no vertex 's0'"},
      {{{"server", {{"service", 3}}}}, "workload.server.service"},
      {{{"compute", 3}}, "workload.compute"},
      {{{"updates", 0}}, "workload.updates"},
      {{{"updates", 10}, {"warm_up", 10}}, "workload.warm_up: must be between 0 and 9"},
      {{{"samples", 0}}, "workload.samples: must be positive"},
      {{{"objective", {{"kind", "quadratic"}}}}, "workload.objective: only times are simulated up to now"},
  };
  for (const auto& [change, problem] : bad) {
    Json scenario = good;
    scenario["workload"].update(change);
    EXPECT_THAT(refusal_of(scenario), HasSubstr(problem)) << change;
  }
}

TEST(UpdatesKind, RunsAloneAndWithoutSteps) {
  Json workload = updates_scenario({{"protocol", "async"}, {"workers", 4}, {"compute", "1 s"}})["workload"];
  EXPECT_THAT(refusal_of({{"workload", workload}, {"run", {{"steps", 2}}}}), HasSubstr("run.steps"));
  EXPECT_THAT(refusal_of({{"workload", workload}, {"perturbations", {{{"kind", "failures"}, {"mtbf", "3 h"}}}}}),
              HasSubstr("without steps, checkpoints or failures"));
  EXPECT_THAT(refusal_of({{"workloads", {workload, workload}}}), HasSubstr("a workload of updates runs alone"));
}

TEST(UpdatesKind, HasNoProgramToBeWrittenOrTraced) {
  const Scenario scenario = read_updates(updates_scenario({{"protocol", "async"}, {"workers", 4}, {"compute", "1 s"}}));
  EXPECT_THROW(scenario.jobs(), InputError);
}

TEST(UpdatesKind, WorkersAreTheDevicesWithoutTheServer) {
  const Json more = {
      {"fleet", {{"topology", "star"}, {"devices", 4}, {"link", {{"bandwidth", "1 GB/s"}, {"latency", "0 s"}}}}}};
  Json workload = {{"protocol", "sync"}, {"compute", "1 s"}, {"updates", 3}, {"server", {{"at", "d1"}}}};
  const Json result = run_updates(workload, more);
  EXPECT_EQ(result["scenario"]["workload"]["workers"], 3);
  EXPECT_EQ(result["gradients"]["used"], 9);
  workload["server"]["at"] = "s0";
  EXPECT_EQ(run_updates(workload, more)["scenario"]["workload"]["workers"], 4);
  workload["workers"] = 5;
  EXPECT_THAT(refusal_of(updates_scenario(workload, more)),
              HasSubstr("5 workers need as many devices, and there are 4"));
}

TEST(UpdatesKind, IsRandomWhereTimesVary) {
  const Json constant = {{"protocol", "async"}, {"workers", 4}, {"compute", "1 s"}};
  Json served = constant;
  served["server"]["service"] = {{"distribution", "exponential"}, {"mean", "1 ms"}};
  EXPECT_FALSE(read_updates(updates_scenario(constant)).is_random());
  EXPECT_TRUE(read_updates(updates_scenario(served)).is_random());
}

TEST(UpdatesKind, SamplesCountWhatAGradientIsOf) {
  const Json result =
      run_updates({{"protocol", "sync"}, {"workers", 4}, {"compute", "2 s"}, {"updates", 3}, {"samples", 32}});
  EXPECT_EQ(result["updates_per_s"], 0.5);
  EXPECT_EQ(result["gradients_per_s"], 2.0);
  EXPECT_EQ(result["samples_per_s"], 64.0);
}

}  // namespace
}  // namespace lockstep::sim
