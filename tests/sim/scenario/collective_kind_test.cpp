#include "sim/scenario/collective_kind.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/run_scenario.hpp"
#include "sim/scenario/scenario.hpp"

namespace lockstep::sim {
namespace {

using ::testing::HasSubstr;

Scenario read(const std::string& workload) {
  static const Catalog catalog = Catalog::bundled();
  return read_scenario(
      parse_json(R"({"fleet":{"topology":"switch","devices":6,"link":{"bandwidth":"1 GB/s","latency":"1 ms"}},)"
                 R"("workload":{"kind":"collective","operation":"all_reduce","bytes":"6 MB",)" +
                     workload + R"(},"engine":{"network":"contention_free"}})",
                 "test.json"),
      {.catalog = catalog, .file = "test.json"});
}

std::string refusal(const std::string& workload) {
  try {
    read(workload);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CollectiveKind, ReadsWhereMembersStand) {
  const Scenario bucket = read(R"("algorithm":"bucket","dimensions":[3,2])");
  EXPECT_DOUBLE_EQ(run_scenario(bucket).end.si(), 6 * 2e-3 + 2 * 5. / 6 * 6e-3);
  EXPECT_EQ(bucket.as_run()["workload"]["dimensions"], Json({3, 2}));
  const Scenario nodes = read(R"("algorithm":"hierarchical","group_size":3)");
  EXPECT_EQ(nodes.as_run()["workload"]["group_size"], 3);
  const Scenario phases = read(R"("algorithm":"in_switch","phases":"sequential")");
  EXPECT_EQ(phases.as_run()["workload"]["phases"], "sequential");
  EXPECT_THAT(refusal(R"("algorithm":"bucket","dimensions":[0,2])"), HasSubstr("does not suit a grid of 6 ranks"));
  EXPECT_THAT(refusal(R"("algorithm":"ring","group_size":2)"), HasSubstr("forms no groups"));
  EXPECT_THAT(refusal(R"("algorithm":"in_switch","phases":"both")"), HasSubstr("workload.phases"));
}

TEST(CollectiveKind, TellsWhatAutoChose) {
  const Scenario scenario = read(R"("algorithm":"auto")");
  const Json results = results_of(scenario, run_scenario(scenario));
  EXPECT_EQ(results["auto"]["candidates"].size(), 6U);
  EXPECT_THAT(results["auto"]["reason"].get<std::string>(), HasSubstr("NCCL's cost model for 6 ranks in 6 nodes"));
  const auto chosen = results["auto"]["algorithm"].get<std::string>();
  for (const Json& candidate : results["auto"]["candidates"]) {
    EXPECT_GE(candidate["time_s"].get<double>(), 6e6 / 1e9);
    if (candidate["algorithm"] == chosen) return;
  }
  FAIL() << chosen << " is no candidate";
}

}  // namespace
}  // namespace lockstep::sim
