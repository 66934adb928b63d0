// Which steps of a run are simulated.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

// Of 30 ms each, as nothing else happens.
Json document(const Json& perturbations = Json::array(), const Json& run = {{"steps", 20}}) {
  return {{"fleet",
           {{"topology", "switch"},
            {"devices", 2},
            {"link", {{"bandwidth", "1 GB/s"}, {"latency", "0 s"}}},
            {"device", {{"compute", "1 TFLOP/s"}}}}},
          {"workload",
           {{"kind", "pipeline"},
            {"schedule", "gpipe"},
            {"stages", 1},
            {"microbatches", 1},
            {"forward", "10 ms"},
            {"backward", "20 ms"}}},
          {"perturbations", perturbations},
          {"engine", {{"network", "contention_free"}}},
          {"run", run}};
}

Scenario read(const Json& json) {
  return read_scenario(json, {.catalog = Catalog::bundled()});
}

Json steps_of(const Json& json) {
  const Scenario scenario = read(json);
  return results_of(scenario, run_scenario(scenario))["steps"];
}

Json slow(const Json& times) {
  Json slow = {{"kind", "slow_devices"}, {"factor", 2}};
  slow.update(times);
  return Json::array({std::move(slow)});
}

int simulated(const Json& perturbations) {
  return steps_of(document(perturbations))["simulated"].get<int>();
}

TEST(SteadySteps, AreOneWhereNothingChanges) {
  EXPECT_EQ(simulated(Json::array()), 1);
  EXPECT_EQ(simulated(slow(Json::object())), 1);
  const Json once = {{"kind", "compute_jitter"},
                     {"each", "device"},
                     {"factor", {{"distribution", "uniform"}, {"low", 1}, {"high", 2}}}};
  EXPECT_EQ(simulated(Json::array({once})), 1) << "drawn once for the whole run";
}

// Slow from the first to the third step: 30 ms, then 60 ms, and the third has 3 ms of its work done slowly.
TEST(SteadySteps, BeginWhenThingsHaveChangedForTheLastTime) {
  const Json steps = steps_of(document(slow({{"from", "30 ms"}, {"until", "96 ms"}})));
  EXPECT_EQ(steps["simulated"], 4);
  ASSERT_EQ(steps["times_s"].size(), 20);
  EXPECT_NEAR(steps["times_s"][1].get<double>(), 0.060, 1e-12);
  EXPECT_NEAR(steps["times_s"][2].get<double>(), 0.033, 1e-12);
  for (std::size_t step = 3; step < 20; ++step) EXPECT_NEAR(steps["times_s"][step].get<double>(), 0.030, 1e-12);
  EXPECT_NEAR(steps["total_s"].get<double>(), 18 * 0.030 + 0.060 + 0.033, 1e-12);
}

TEST(SteadySteps, BeginAtTheVeryEndOfAChange) {
  EXPECT_EQ(simulated(slow({{"until", "62.5 ms"}})), 3);
  EXPECT_EQ(simulated(slow({{"until", "60 ms"}})), 2);
  EXPECT_EQ(simulated(slow({{"until", "59 ms"}})), 2);
  EXPECT_EQ(simulated(slow({{"until", "10 s"}})), 20);
}

TEST(SteadySteps, NeverComeWhereSomethingChangesAgainAndAgain) {
  EXPECT_EQ(simulated(slow({{"every", "30 ms"}, {"lasts", "10 ms"}})), 20);
  const Json jitter = {{"kind", "compute_jitter"}, {"factor", {{"distribution", "exponential"}, {"mean", 1}}}};
  EXPECT_EQ(simulated(Json::array({jitter})), 20);
  const Json data = {{"kind", "microbatch_jitter"}, {"factor", {{"distribution", "exponential"}, {"mean", 1}}}};
  EXPECT_EQ(simulated(Json::array({data})), 20);
  const Json links = {
      {"kind", "link_jitter"}, {"every", "1 s"}, {"factor", {{"distribution", "uniform"}, {"low", 1}, {"high", 2}}}};
  EXPECT_EQ(simulated(Json::array({links})), 20);
}

TEST(SteadySteps, AreNotLookedForAmongSeveralWorkloads) {
  Json both = document();
  both["workloads"] = {both["workload"], both["workload"]};
  both["workloads"][1]["devices"] = {1};
  both.erase("workload");
  const Scenario scenario = read(both);
  for (const JobTimeline& job : run_scenario(scenario).jobs) EXPECT_EQ(job.simulated_steps(), 20);
}

class StepCount final : public Observer {
 public:
  void job_begun(std::uint32_t, Seconds) override { ++count; }
  void op_done(const OpSpan&) override {}
  void message_done(const MessageSpan&) override {}
  int count = 0;
};

TEST(SteadySteps, AreAllSimulatedForWhoeverWatches) {
  StepCount steps;
  const Timeline timeline = run_scenario(read(document()), &steps);
  EXPECT_EQ(steps.count, 20);
  EXPECT_EQ(timeline.jobs.front().simulated_steps(), 20);
}

// A port whose gap outlasts the messages of a step is held when the next one begins.
TEST(SteadySteps, AreNotLookedForOnPorts) {
  Json json = document();
  json["workload"] = {{"kind", "collective"},
                      {"operation", "send"},
                      {"messages", {{{"from", 0}, {"to", 1}, {"bytes", "1 MB"}, {"at", "0 s"}}}}};
  json["engine"] = {{"network", "ports"}, {"overhead", "1 us"}, {"gap", "5 us"}};
  const Json steps = steps_of(json);
  EXPECT_EQ(steps["simulated"], 20);
  EXPECT_GT(steps["times_s"][1].get<double>(), steps["times_s"][0].get<double>() + 1e-6);
}

TEST(EveryStep, IsSimulatedWhenAskedFor) {
  EXPECT_EQ(steps_of(document(Json::array(), {{"steps", 20}, {"every_step", true}}))["simulated"], 20);
  const Scenario many = read(document(Json::array(), {{"steps", 1200}, {"every_step", true}}));
  EXPECT_FALSE(many.is_campaign());
  EXPECT_TRUE(many.as_run()["run"]["every_step"].get<bool>());
  EXPECT_EQ(run_scenario(many).jobs.front().simulated_steps(), 1200);
}

TEST(EveryStep, IsRefusedOfCampaigns) {
  for (const Json& run :
       std::vector<Json>{{{"duration", "1 s"}, {"every_step", true}},
                         {{"steps", 20}, {"checkpoint", {{"interval", "never"}}}, {"every_step", true}},
                         {{"steps", 2'000'000}, {"every_step", true}}}) {
    EXPECT_THROW(read(document(Json::array(), run)), InputError) << run.dump();
  }
}

}  // namespace
}  // namespace lockstep::sim
