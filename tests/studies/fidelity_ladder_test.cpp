#include "studies/fidelity_ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/studies/scenarios.hpp"

namespace lockstep::studies {
namespace {

using ::testing::HasSubstr;
using testing::no_file;

Ladder climbed(const Json& document, const LadderWatch& goes_on = {}) {
  return climb({.document = document, .source = no_file()}, goes_on);
}

// Every hop of the ring leaves its pod of a 4:1 oversubscribed fat tree, and one rank is late.
const Json late_ring = {{"fleet",
                         {{"topology", "fat_tree"},
                          {"down", {4, 2}},
                          {"oversubscription", {4}},
                          {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}}}},
                        {"workload",
                         {{"kind", "collective"},
                          {"operation", "all_reduce"},
                          {"algorithm", "ring"},
                          {"bytes", "1 GB"},
                          {"ranks", {0, 4, 1, 5, 2, 6, 3, 7}},
                          {"arrivals", {"0 s", "0 s", "0 s", "1 ms", "0 s", "0 s", "0 s", "0 s"}}}},
                        {"engine", {{"fidelity", "flow"}}}};

TEST(FidelityLadder, ClimbsFromCoarseToFineAndMeasuresErrorsAgainstTheFinest) {
  const Ladder ladder = climbed(late_ring);
  ASSERT_EQ(ladder.rungs.size(), 3U);
  const Rung& form = ladder.rungs[0];
  const Rung& flow = ladder.rungs[1];
  const Rung& message = ladder.rungs[2];
  EXPECT_EQ(form.fidelity, "closed_form");
  EXPECT_EQ(flow.fidelity, "flow");
  EXPECT_EQ(message.fidelity, "message");
  EXPECT_EQ(flow.events, 8U);
  EXPECT_EQ(message.events, 14U * 8);
  ASSERT_TRUE(form.form);
  EXPECT_EQ(form.form->broken_assumptions, std::vector<std::string>{"uncontended"});
  EXPECT_DOUBLE_EQ(*form.error, (*form.time - *message.time) / *message.time);
  EXPECT_DOUBLE_EQ(*flow.error, (*flow.time - *message.time) / *message.time);
  EXPECT_LT(*form.error, -0.7);
  EXPECT_GT(*flow.error, 1e-5);
  EXPECT_FALSE(message.error);
}

TEST(FidelityLadder, TimesOfEachRungAreThoseOfRunsAtThatFidelity) {
  const Ladder ladder = climbed(late_ring);
  for (const std::size_t rung : {1U, 2U}) {
    Json document = late_ring;
    document["engine"]["fidelity"] = ladder.rungs[rung].fidelity;
    const ReplicaRuns runs = testing::run(document, {});
    EXPECT_EQ((*runs.first)["time_s"].get<double>(), ladder.rungs[rung].time->si());
    EXPECT_EQ((*runs.first)["events"].get<std::uint64_t>(), ladder.rungs[rung].events);
  }
}

TEST(FidelityLadder, SaysWhyARungIsMissing) {
  const Ladder pipeline = climbed(testing::pipeline({}));
  EXPECT_TRUE(pipeline.rungs[0].time);
  EXPECT_THAT(pipeline.rungs[1].reason, HasSubstr("no collectives"));
  EXPECT_TRUE(pipeline.rungs[2].time);

  Json two = late_ring;
  two["workloads"] = {two["workload"], two["workload"]};
  two.erase("workload");
  const Ladder jobs = climbed(two);
  EXPECT_THAT(jobs.rungs[0].reason, HasSubstr("no closed form"));
  EXPECT_GT(*jobs.rungs[2].time, *climbed(late_ring).rungs[2].time);
}

TEST(FidelityLadder, RefusesWhatHasOneFidelity) {
  const Json updates = {
      {"workload", {{"kind", "updates"}, {"protocol", "async"}, {"workers", 2}, {"compute", "1 ms"}, {"updates", 10}}}};
  try {
    climbed(updates);
    FAIL() << "updates have one fidelity";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("one fidelity only"));
  }
}

TEST(FidelityLadder, KeepsWhatIsFinishedWhenItIsStopped) {
  const Ladder ladder = climbed(late_ring, [](const Ladder& so_far) { return !so_far.rungs[1].time; });
  EXPECT_TRUE(ladder.is_interrupted);
  EXPECT_EQ(ladder.rungs[2].reason, "interrupted");
  EXPECT_TRUE(ladder.rungs[0].error);
  EXPECT_FALSE(ladder.rungs[1].error) << "it is the finest";
}

TEST(FidelityLadder, IsTheSameJsonEachTime) {
  EXPECT_EQ(as_json(climbed(late_ring)).dump(), as_json(climbed(late_ring)).dump());
}

TEST(FidelityLadder, HoldsStepsAgainstTheFirstOrderModel) {
  const Json step = {{"fleet", {{"catalog", "Lab_64_H100"}}},
                     {"workload",
                      {{"kind", "training"},
                       {"model", "Llama3_8B"},
                       {"global_batch", 64},
                       {"sequence_length", 2048},
                       {"parallel", {{"data", 8}, {"tensor", 4}, {"pipeline", 2}}}}}};
  const Ladder ladder = climbed(step);
  EXPECT_EQ(ladder.rungs[0].form->form.id, "first_order");
  // The figures of docs/cross_check.md.
  EXPECT_NEAR(ladder.rungs[0].time->si(), 391.6e-3, 0.1e-3);
  EXPECT_NEAR(ladder.rungs[2].time->si(), 425.3e-3, 0.1e-3);
  EXPECT_LT(*ladder.rungs[1].events, *ladder.rungs[2].events);
}

}  // namespace
}  // namespace lockstep::studies
