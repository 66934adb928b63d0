// What-ifs change where time and bytes are, not how much there is, unless that is what they are for.
#include "validation/training/step_changes.hpp"

#include <gtest/gtest.h>

#include "tests/validation/training/steps.hpp"

namespace lockstep::validation {
namespace {

// Seven layers on two stages: three and four, with embedding and head.
workloads::TrainingSpec uneven_spec() {
  workloads::TrainingSpec spec;
  spec.model = small_model(7);
  spec.execution.sequence_length = 256;
  spec.execution.plan.pipeline = 2;
  spec.execution.plan.stage_layers = {3, 4};
  spec.execution.plan.tensor = 2;
  spec.execution.recompute = workloads::Recompute::full;
  return spec;
}

workloads::StepCosts costs_of_uneven() {
  return workloads::costs_of(uneven_spec(), {.compute = FlopRate(1e14), .memory = Bandwidth(2e12)});
}

void expect_same_bytes(const workloads::StepCosts& a, const workloads::StepCosts& b) {
  const HeldBytes before = held_bytes(a), after = held_bytes(b);
  EXPECT_NEAR(after.gradients.dense.si(), before.gradients.dense.si(), 1e-9 * before.gradients.dense.si());
  EXPECT_NEAR(after.weights.dense.si(), before.weights.dense.si(), 1e-9 * before.weights.dense.si());
}

TEST(StepChanges, SpreadingKeepsTheWorkAndMakesChunksAlike) {
  const workloads::StepCosts before = costs_of_uneven();
  workloads::StepCosts costs = before;
  spread_evenly(costs, uneven_spec().execution.plan, uneven_spec().model);
  const ComputeSums::Passes was = sums_of(before).plain, is = sums_of(costs).plain;
  EXPECT_NEAR(is.forward.si(), was.forward.si(), 1e-12 * was.forward.si());
  EXPECT_NEAR(is.backward.si(), was.backward.si(), 1e-12 * was.backward.si());
  // Embedding and head were never worked out again; their share of each layer is.
  EXPECT_NEAR(is.again.si(), was.forward.si(), 1e-12 * was.forward.si());
  EXPECT_GT(is.again, was.again);
  EXPECT_EQ(costs.chunks.front(), costs.chunks.back());
  EXPECT_EQ(costs.chunks.front().size(), 4U);
  expect_same_bytes(before, costs);
}

TEST(StepChanges, BucketsHoldWhatTheirLayersHold) {
  for (const std::uint64_t buckets : {1U, 2U, 5U, 100U}) {
    const workloads::StepCosts before = costs_of_uneven();
    workloads::StepCosts costs = before;
    gather_into_buckets(costs, buckets);
    expect_same_bytes(before, costs);
    for (std::size_t chunk = 0; chunk < costs.chunks.size(); ++chunk) {
      std::uint64_t holders = 0;
      for (const std::uint32_t kind : costs.chunks[chunk]) {
        if (costs.layers[kind].gradients.dense > Bytes(0)) ++holders;
      }
      EXPECT_EQ(holders, std::min<std::uint64_t>(buckets, before.chunks[chunk].size()));
    }
  }
}

TEST(StepChanges, FixedCallsTakeWhatIsSaidInAllTheirPasses) {
  const workloads::StepCosts before = costs_of_uneven();
  workloads::StepCosts costs = before;
  fix_calls(costs, workloads::Purpose::tensor, Seconds(0.3));
  for (const workloads::LayerCosts& layer : costs.layers) {
    for (const workloads::LayerItem& item : layer.items) EXPECT_NE(item.purpose, workloads::Purpose::tensor);
  }
  EXPECT_NEAR((sums_of(costs).executed() - sums_of(before).executed()).si(), 0.3, 1e-12);
}

}  // namespace
}  // namespace lockstep::validation
