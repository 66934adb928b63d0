// Intervals between checkpoints, where it is known which is best.
#include "studies/checkpoint_study.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/campaign/scenario_campaign.hpp"

namespace lockstep::studies {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

// Steps of 1.1 s on two stages, an hour between failures, a minute a checkpoint.
Json pipeline() {
  return {{"workload",
           {{"kind", "pipeline"},
            {"schedule", "1f1b"},
            {"stages", 2},
            {"microbatches", 10},
            {"forward", "40 ms"},
            {"backward", "60 ms"}}},
          {"perturbations",
           {{{"kind", "failures"},
             {"mtbf", "3600 s"},
             {"restart", "120 s"},
             {"checkpoint", {{"interval", "exact"}, {"write", "60 s"}}}}}},
          {"engine", {{"network", "contention_free"}}},
          {"run", {{"steps", 100'000}}}};
}

sim::Scenario scenario(const Json& document) {
  return sim::read_scenario(document, {.catalog = catalog()});
}

CheckpointStudy study(const Json& document, std::uint32_t replicas = 60) {
  return study_checkpoints(scenario(document), {.replicas = replicas, .jobs = 2});
}

// R03: 617.9 s by the exact form, 617.9 s by Daly's, 657.3 s by Young's.
TEST(CheckpointStudy, OfExponentialFailuresCannotTellTheOptimaByFormFromTheBest) {
  const CheckpointStudy found = study(pipeline());
  EXPECT_TRUE(found.broken.empty());
  EXPECT_NEAR(found.rule("exact").interval->si(), 617.8906250085281, 1e-4);
  for (const char* rule : {"young", "daly", "exact"}) EXPECT_TRUE(found.rule(rule).may_be_best()) << rule;
  // Twice as short and twice as long is worse, and that can be told.
  for (const IntervalPoint& point : found.points) {
    if (!point.name.empty()) continue;
    const double octaves = std::abs(std::log2(*point.interval / *found.rule("exact").interval));
    EXPECT_TRUE(octaves < 0.9 || !point.may_be_best()) << point.interval->si();
  }
}

TEST(CheckpointStudy, GivesTheGoodputsThatTheFormSays) {
  const CheckpointStudy found = study(pipeline());
  ASSERT_EQ(found.points.size(), 12);
  for (const IntervalPoint& point : found.points) {
    if (!point.form) continue;
    const double error = *point.goodput.stddev / std::sqrt(static_cast<double>(point.goodput.count));
    EXPECT_NEAR(point.goodput.mean, *point.form, 4 * error) << point.interval->si();
    EXPECT_LT(error, 0.01);
  }
  EXPECT_FALSE(found.rule("adaptive").form);
}

// The same campaign run by itself.
TEST(CheckpointStudy, RunsWhatTheScenarioRunsUnderEachRule) {
  Json document = pipeline();
  document["perturbations"].push_back(
      {{"kind", "compute_jitter"}, {"factor", {{"distribution", "uniform"}, {"low", 0.9}, {"high", 1.1}}}});
  document["run"] = {{"steps", 2000}, {"sampled_steps", 4}};
  const CheckpointStudy found = study(document, 3);
  for (const char* rule : {"young", "adaptive"}) {
    document["perturbations"][0]["checkpoint"]["interval"] = rule;
    const sim::Scenario alone = scenario(document);
    double sum = 0;
    for (const std::uint64_t replica : {0U, 1U, 2U}) sum += run_campaign(alone, {.replica = replica}).goodput();
    EXPECT_NEAR(found.rule(rule).goodput.mean, sum / 3, 1e-14) << rule;
  }
  ASSERT_EQ(found.broken.size(), 1);
  EXPECT_EQ(found.broken.front().assumption, "equal_segments");
}

TEST(CheckpointStudy, DoesNotDependOnTheNumberOfProcesses) {
  const sim::Scenario read = scenario(pipeline());
  const auto with = [&](unsigned jobs) { return as_json(study_checkpoints(read, {.replicas = 3, .jobs = jobs})); };
  EXPECT_EQ(with(1), with(3));
}

TEST(CheckpointStudy, SaysWhatTheFormTakesForGranted) {
  Json document = pipeline();
  Json& failures = document["perturbations"][0];
  failures.erase("mtbf");
  failures["lifetime"] = {{"distribution", "uniform"}, {"low", "1000 s"}, {"high", "6200 s"}};
  failures["checkpoint"] = {
      {"interval", "900 s"}, {"write", "60 s"}, {"mode", "asynchronous"}, {"snapshot", "5 s"}, {"slowdown", 1.1}};
  document["run"]["steps"] = 3000;
  const CheckpointStudy found = study(document, 2);
  ASSERT_EQ(found.broken.size(), 2);
  EXPECT_EQ(found.broken[0].assumption, "exponential_lives");
  EXPECT_EQ(found.broken[1].assumption, "blocking_writes");
  EXPECT_EQ(found.cost, Seconds(5));
  EXPECT_EQ(found.rule("stated").interval, Seconds(900));
}

std::string refusal_of(const Json& document) {
  try {
    study(document, 2);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckpointStudy, SaysWhatIsMissing) {
  Json document = pipeline();
  document["perturbations"][0]["checkpoint"]["interval"] = "never";
  EXPECT_NE(refusal_of(document).find("the job never saves"), std::string::npos);
  document["perturbations"][0].erase("checkpoint");
  EXPECT_NE(refusal_of(document).find("add \"checkpoint\""), std::string::npos);
  document["perturbations"] = Json::array();
  EXPECT_NE(refusal_of(document).find("\"failures\""), std::string::npos);
  document = pipeline();
  document["run"]["steps"] = 100;
  EXPECT_NE(refusal_of(document).find("it makes no difference"), std::string::npos);
  document = pipeline();
  document["perturbations"][0]["checkpoint"]["write"] = "0 s";
  EXPECT_NE(refusal_of(document).find("after every step"), std::string::npos);
}

TEST(CheckpointStudy, OfAJobThatNeverEndsSaysWhy) {
  Json document = pipeline();
  Json& failures = document["perturbations"][0];
  failures["of"] = "node";
  failures["spares"] = 1;
  EXPECT_THROW(study(document, 2), SimulationError);
}

}  // namespace
}  // namespace lockstep::studies
