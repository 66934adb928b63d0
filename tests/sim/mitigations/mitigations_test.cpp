#include "tests/sim/mitigations/mitigations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "sim/mitigations/step_simulations.hpp"

namespace lockstep::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ReplicaDecision decide(const Json& mitigation, std::vector<double> ready) {
  const Json holder = {{"mitigations", {mitigation}}};
  const Mitigations all = Mitigations::read(JsonFields(holder, "test"));
  std::vector<Seconds> times;
  for (const double time : ready) times.emplace_back(time);
  return all.choice->decide(times);
}

TEST(ReplicaChoice, TakesTheFirstAndTheLowerNumberOfTwo) {
  const ReplicaDecision decision = decide({{"kind", "backup_workers"}, {"count", 2}}, {3, 1, 2, 1, 3});
  EXPECT_EQ(decision.at, Seconds(2));
  EXPECT_THAT(decision.chosen, ElementsAre(1, 2, 3));
  EXPECT_THAT(decide({{"kind", "drop_slowest"}, {"count", 1}}, {3, 1, 3}).chosen, ElementsAre(0, 1));
  EXPECT_THAT(decide({{"kind", "drop_slowest"}, {"fraction", 0.6}}, {5, 4, 3, 2, 1}).chosen, ElementsAre(3, 4));
}

TEST(ReplicaChoice, WaitsNoLongerThanForTheLast) {
  const Json bounded = {{"kind", "bounded_waiting"}, {"timeout", "2 s"}};
  EXPECT_EQ(decide(bounded, {1, 2.5, 2}).at, Seconds(2.5));
  const ReplicaDecision late = decide(bounded, {1, 3.5, 3});
  EXPECT_EQ(late.at, Seconds(3));
  EXPECT_THAT(late.chosen, ElementsAre(0, 2));
  Json later = bounded;
  later["at_least"] = 2;
  EXPECT_THAT(decide(later, {1, 3.5, 3}).chosen, ElementsAre(0, 1, 2));
  EXPECT_EQ(decide(later, {1, 3.5, 3}).at, Seconds(3.5));
}

// Replicas that are slow for ever do not matter to those who need not wait for them.
TEST(BackupWorkers, TakeAsManySlowReplicasOutOfTheWayAsThereAre) {
  const Json job = training_job(6, 4, {{"global_batch", 16}});
  const Json backup = {{{"kind", "backup_workers"}, {"count", 2}}};
  const Json alone = results_of(scenario_of(training_job(4, 4, {{"overlap", {{"gradients", false}}}}), 4));
  for (const auto& [network, tolerance] : {std::pair("contention_free", 1e-12), std::pair("fluid", 1e-9)}) {
    Json slowed = scenario_of(job, 6, {{"perturbations", {slow({0, 3}, 3)}}, {"mitigations", backup}});
    slowed["engine"]["network"] = network;
    const Json results = results_of(slowed);
    const double expected = alone["time_s"].get<double>();
    EXPECT_NEAR(results["time_s"].get<double>(), expected, tolerance * expected) << network;
    EXPECT_EQ(results["mitigation"]["drops_of_replicas"], Json({1, 0, 0, 1, 0, 0}));
    EXPECT_EQ(results["mitigation"]["effective_batch"], 16);
    EXPECT_GT(results["mitigation"]["speedup"], 2);
    EXPECT_NEAR(results["throughput"]["sequences_per_s"].get<double>(), 16 / expected, tolerance * 16 / expected);
  }
}

// Spare replicas come on top of the batch, dropped ones are taken from it.
TEST(DropSlowest, ShrinksTheBatch) {
  const Json slowed = {{"perturbations", {slow({1}, 2)}}, {"mitigations", {{{"kind", "drop_slowest"}, {"count", 1}}}}};
  const Json results = results_of(scenario_of(training_job(4, 4), 4, slowed));
  EXPECT_EQ(results["mitigation"]["effective_batch"], 12);
  const double gain = results["mitigation"]["gain"].get<double>();
  EXPECT_NEAR(gain, 0.75 * results["mitigation"]["speedup"].get<double>() - 1, 1e-12);
}

// Without overlap there is nothing that a step which waits for all could do earlier.
TEST(BoundedWaiting, ForEverIsWaitingForAll) {
  const Json jitter = {{"kind", "compute_jitter"},
                       {"factor", {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.3}}}};
  const Json data = {{"kind", "microbatch_jitter"},
                     {"factor", {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.3}}}};
  const Json job = training_job(4, 3, {{"overlap", {{"gradients", false}}}});
  Json scenario = scenario_of(job, 4, {{"perturbations", {jitter, data}}, {"run", {{"steps", 4}, {"seed", 8}}}});
  const Json without = results_of(scenario);
  scenario["mitigations"] = {{{"kind", "bounded_waiting"}, {"timeout", "1000 s"}}};
  const Json with = results_of(scenario);
  EXPECT_EQ(with["mitigation"]["dropped_replicas"], 0);
  for (std::size_t step = 0; step < 4; ++step) {
    const double time = without["steps"]["times_s"][step].get<double>();
    EXPECT_NEAR(with["steps"]["times_s"][step].get<double>(), time, 1e-12 * time) << step;
  }
  EXPECT_NEAR(with["mitigation"]["gain"].get<double>(), 0, 1e-12);
  scenario["mitigations"][0]["timeout"] = "10 us";
  const Json impatient = results_of(scenario);
  EXPECT_GT(impatient["mitigation"]["dropped_replicas"], 0);
  EXPECT_LT(impatient["time_s"], with["time_s"]);
}

TEST(BoundedWaiting, WaitsUntilTheTimeIsUp) {
  const Json slowed = {{"perturbations", {slow({2}, 100)}},
                       {"mitigations", {{{"kind", "bounded_waiting"}, {"timeout", "2 ms"}}}}};
  const Json results = results_of(scenario_of(training_job(4, 4), 4, slowed));
  Json undisturbed = slowed;
  undisturbed.erase("perturbations");
  const Json all = results_of(scenario_of(training_job(4, 4), 4, undisturbed));
  EXPECT_NEAR(results["mitigation"]["decided_after_s"].get<double>(),
              all["mitigation"]["decided_after_s"].get<double>() + 2e-3, 1e-12);
  EXPECT_EQ(results["mitigation"]["drops_of_replicas"], Json({0, 0, 1, 0}));
}

// 32 microbatches for a device of half the speed and three of full speed: they take at least as long as 10.
TEST(Rebalance, GivesSlowReplicasLessToDo) {
  const Json job = training_job(4, 8);
  Json scenario = scenario_of(job, 4, {{"perturbations", {slow({1}, 2)}}, {"mitigations", {{{"kind", "rebalance"}}}}});
  Json results = results_of(scenario);
  const auto shares = results["mitigation"]["microbatches_per_replica"].get<std::vector<int>>();
  EXPECT_EQ(std::max({shares[0], 2 * shares[1], shares[2], shares[3]}), 10);
  EXPECT_EQ(results["mitigation"]["effective_batch"], 32);
  Json stated = job;
  stated["microbatches_per_replica"] = shares;
  EXPECT_EQ(results_of(scenario_of(stated, 4, {{"perturbations", {slow({1}, 2)}}}))["time_s"], results["time_s"]);
  scenario["mitigations"][0]["shares"] = shares;
  EXPECT_EQ(results_of(scenario)["time_s"], results["time_s"]);
}

// Exact by hand: gradients of no size to speak of, and nothing but microbatches; 16 at half speed, or 4 x 10 / 8.
TEST(Rebalance, SavesWhatMicrobatchesTake) {
  const Json scenario = scenario_of(training_job(4, 8), 4,
                                    {{"perturbations", {slow({1}, 2)}}, {"mitigations", {{{"kind", "rebalance"}}}}});
  const Scenario read = read_scenario(scenario, {.catalog = Catalog::bundled()});
  const auto conditions = read.perturbations().conditions(read.fleet(), 0);
  const StepSimulations simulations(read);
  Workload& equal = *read.workloads().front();
  const auto changed = equal.replicated()->with_microbatches({9, 4, 9, 10});
  const auto ready =
      simulations.readiness(changed->replicated()->without_exchange(), changed->replica_of_rank(), conditions.get());
  const auto before =
      simulations.readiness(equal.replicated()->without_exchange(), equal.replica_of_rank(), conditions.get());
  const double microbatch = before[0].si() / 8;
  EXPECT_NEAR(before[1].si(), 16 * microbatch, 1e-9 * microbatch);
  const std::vector<double> expected = {9, 8, 9, 10};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(ready[i].si(), expected[i] * microbatch, 1e-9 * microbatch);
}

TEST(Mitigations, MayBeCombined) {
  const Json both = {{{"kind", "rebalance"}}, {{"kind", "drop_slowest"}, {"count", 1}}};
  const Json results =
      results_of(scenario_of(training_job(4, 8), 4, {{"perturbations", {slow({1}, 2)}}, {"mitigations", both}}));
  EXPECT_LT(results["mitigation"]["effective_batch"], 32);
  EXPECT_EQ(results["mitigation"]["kinds"], Json({"rebalance", "drop_slowest"}));
}

struct Refused {
  Json job;
  Json mitigations;
  const char* reason;
  Json more = Json::object();
};

TEST(Mitigations, AreRefusedWhereTheyCannotBe) {
  const auto one = [](const Json& mitigation) { return Json::array({mitigation}); };
  const Json drop = {{"kind", "drop_slowest"}, {"count", 1}};
  const std::vector<Refused> all = {
      {training_job(4, 8), one({{"kind", "drop"}}), "drop_slowest"},
      {training_job(4, 8), one({{"kind", "drop_slowest"}}), "count"},
      {training_job(4, 8), one({{"kind", "drop_slowest"}, {"count", 4}}), "has none left"},
      {training_job(4, 8), one({{"kind", "drop_slowest"}, {"fraction", 0.2}}), "none of them"},
      {training_job(4, 8), one({{"kind", "drop_slowest"}, {"fraction", 1}}), "between 0 and 1"},
      {training_job(4, 8), one({{"kind", "drop_slowest"}, {"count", 1}, {"fraction", 0.5}}), "state one of them"},
      {training_job(4, 8), one({{"kind", "backup_workers"}, {"count", 4}}), "leave none"},
      {training_job(4, 8, {{"global_batch", 32}}), one({{"kind", "backup_workers"}, {"count", 1}}), "in reserve"},
      {training_job(4, 8), one({{"kind", "bounded_waiting"}}), "timeout"},
      {training_job(4, 8), one({{"kind", "bounded_waiting"}, {"timeout", "-1 s"}}), "negative"},
      {training_job(4, 8), one({{"kind", "bounded_waiting"}, {"timeout", "1 s"}, {"at_least", 5}}), "more than the 4"},
      {training_job(4, 8), one({{"kind", "rebalance"}, {"shares", {8, 8, 8}}}), "3 numbers for 4 replicas"},
      {training_job(4, 8), one({{"kind", "rebalance"}, {"shares", {8, 8, 8, 9}}}), "add up to 33"},
      {training_job(4, 8), one({{"kind", "rebalance"}, {"shares", {8, 8, 16, 0}}}), "at least one"},
      {training_job(4, 1), one({{"kind", "rebalance"}}), "no microbatches to move"},
      {training_job(4, 8, {{"parallel", {{"data", 4}, {"zero", 1}}}}), one(drop), "ZeRO-1"},
      {training_job(4, 8, {{"parallel", {{"data", 4}, {"zero", 2}}}}), one({{"kind", "rebalance"}}), "ZeRO-2"},
      {training_job(4, 8, {{"parallel", {{"data", 1}, {"tensor", 4}}}}), one(drop), "one replica only"},
      {training_job(4, 8), {drop, {{"kind", "bounded_waiting"}, {"timeout", "1 s"}}}, "another mitigation"},
      {{{"kind", "collective"}, {"operation", "all_reduce"}, {"algorithm", "ring"}, {"bytes", "1 MB"}},
       one(drop),
       "no replicas"},
      {training_job(4, 8), one(drop), "failures, checkpoints or a duration", {{"run", {{"duration", "1 h"}}}}},
  };
  for (const Refused& refused : all) {
    Json scenario = scenario_of(refused.job, 4, {{"mitigations", refused.mitigations}});
    scenario.update(refused.more);
    try {
      read_scenario(scenario, {.catalog = Catalog::bundled()});
      ADD_FAILURE() << refused.mitigations << " of " << refused.job << " is accepted";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(refused.reason)) << refused.mitigations;
    }
  }
}

TEST(Mitigations, OfAScenarioAsRunGiveTheSameAgain) {
  const Json scenario =
      scenario_of(training_job(4, 4), 4,
                  {{"perturbations", {slow({1}, 2)}}, {"mitigations", {{{"kind", "drop_slowest"}, {"count", 1}}}}});
  const Json once = results_of(scenario);
  EXPECT_EQ(results_of(once["scenario"]), once);
}

}  // namespace
}  // namespace lockstep::sim
