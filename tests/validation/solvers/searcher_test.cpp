#include "validation/solvers/searcher.hpp"

#include <gtest/gtest.h>

#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

TEST(Searcher, EqualsItsWorkedValues) {
  expect_reproduced("worked_values", "searcher", 1e-12);
}

Json eight_devices() {
  return {{"gpus", 8},           {"layer_tflops", {0.5, 0.5, 0.5, 0.5}},
          {"gpu_gflops", 15700}, {"grad_MB", 1400},
          {"tp_MB", 600},        {"act_MB", {8, 16, 8}},
          {"ngpn", 4},           {"bw_in", 150},
          {"bw_x", 12.5}};
}

TEST(Searcher, ComparesEveryPlanOfTheDevicesThatHasALayerForEachStage) {
  const Json found = outputs_of("searcher", eight_devices());
  EXPECT_EQ(found["configurations"].size(), 9U);  // ten ordered triples make 8; one has more stages than layers
  for (const Json& plan : found["configurations"]) {
    EXPECT_EQ(plan["dp"].get<int>() * plan["tp"].get<int>() * plan["pp"].get<int>(), 8);
    EXPECT_GE(plan["total_ms"].get<double>(), found["total_ms"].get<double>());
  }
}

// Replicas alone are at their best twice as fast as one device, and then get slower again.
TEST(Searcher, MakesManyReplicasSlow) {
  const auto speed = [](double replicas) { return replicas * searcher_efficiency(replicas, 1); };
  EXPECT_NEAR(speed(6) / speed(1), 2.0, 1e-12);
  EXPECT_LT(speed(32), speed(6));
}

}  // namespace
}  // namespace lockstep::validation
