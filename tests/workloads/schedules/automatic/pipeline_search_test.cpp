#include "workloads/schedules/pipeline_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "workloads/schedules/pipeline_workload.hpp"
#include "workloads/schedules/schedule_summary.hpp"

namespace lockstep::workloads {
namespace {

using testing::HasSubstr;

// Four stages and eight microbatches of "auto".
PipelineWorkload automatic(const std::string& more) {
  const Json json = parse_json(R"({"schedule":"auto","stages":4,"microbatches":8,)" + more + "}", "x.json");
  const JsonFields fields(json, "x.json", "workload");
  PipelineWorkload workload = read_pipeline_workload(fields, {});
  fields.reject_unknown();
  return workload;
}

std::string refusal(const std::string& more) {
  try {
    automatic(more);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::uint32_t highest_peak(const PipelineWorkload& workload) {
  std::uint32_t highest = 0;
  for (const auto& tasks : workload.schedule->tasks) {
    highest = std::max(highest, peak_in_flight(tasks).until_weight_gradient);
  }
  return highest;
}

const std::string halves = R"("forward":"1 s","backward_input":"1 s","backward_weight":"1 s","most_copies":1)";

TEST(PipelineSearch, FindsAScheduleForTheTimesOfTheScenario) {
  const auto workload = automatic(halves + R"(,"memory_limit":4,"stage_scale":[1,1,1,2])");
  EXPECT_LE(highest_peak(workload), 4U);
  // The last stage is the slow one, and busy from the first microbatch on.
  EXPECT_DOUBLE_EQ(evaluate_schedule(*workload.schedule, workload.times).makespan.si(), 3 + 8 * 6);
}

TEST(PipelineSearch, CountsActivationsUntilTheirWeightGradients) {
  for (const std::uint32_t most : {1U, 2U, 3U}) {
    EXPECT_LE(highest_peak(automatic(halves + R"(,"memory_limit":)" + std::to_string(most))), most);
  }
}

TEST(PipelineSearch, CountsBytesOfWhatIsKept) {
  const std::string memory = R"(,"activation_memory":"2 GB","weight_gradient_memory":"1 GB","memory_limit":"7 GB")";
  const auto workload = automatic(halves + memory);
  Bytes highest;
  for (std::uint32_t device = 0; device < 4; ++device) {
    highest =
        std::max(highest, peak_activation_bytes(workload.schedule->tasks[device], workload.activation_memory[device]));
  }
  EXPECT_LE(highest, Bytes(7e9));
  EXPECT_GT(highest, Bytes(5e9));
}

TEST(PipelineSearch, KeepsTheBackwardWholeWhereItsHalvesAreNotStated) {
  const auto workload = automatic(R"("forward":"1 s","backward":"2 s","most_copies":1)");
  EXPECT_EQ(workload.schedule->task_count(), 64U);
}

TEST(PipelineSearch, TellsWhatItLookedFor) {
  const Json as_run = *automatic(halves).as_run;
  EXPECT_EQ(as_run["search_objective"], "makespan");
  EXPECT_EQ(as_run["most_copies"], 1);
  EXPECT_EQ(as_run["search_budget"], 400);
}

TEST(PipelineSearch, RefusesWhatItCannotUse) {
  EXPECT_THAT(refusal(halves + R"(,"memory_limit":0)"), HasSubstr("workload.memory_limit"));
  EXPECT_THAT(refusal(halves + R"(,"memory_limit":0.5)"), HasSubstr("has no room for the 1 activations"));
  EXPECT_THAT(refusal(halves + R"(,"memory_limit":"8 GB")"), HasSubstr("state \"activation_memory\""));
  EXPECT_THAT(refusal(halves + R"(,"search_objective":"bubble")"), HasSubstr("longest_span"));
  EXPECT_THAT(refusal(halves + R"(,"search_budget":0)"), HasSubstr("workload.search_budget"));
  EXPECT_THAT(refusal(R"("backward":"1 s")"), HasSubstr("workload.forward"));
}

}  // namespace
}  // namespace lockstep::workloads
