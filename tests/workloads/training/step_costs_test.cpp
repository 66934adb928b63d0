#include "workloads/training/step_costs.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "workloads/costs/chunks.hpp"

namespace lockstep::workloads {
namespace {

TrainingSpec spec_of(const Json& workload) {
  static const Catalog catalog = Catalog::bundled();
  return read_training_spec(JsonFields(workload, "scenario.json", "workload"), {.catalog = catalog});
}

Json job(const std::string& model, const Json& parallel, const Json& more = Json::object()) {
  Json workload = {{"model", model}, {"global_batch", 64}, {"sequence_length", 1024}, {"parallel", parallel}};
  workload.update(more);
  return workload;
}

const DeviceRates rates{.compute = FlopRate(989e12), .memory = Bandwidth(3.35e12)};

std::vector<Json> jobs() {
  const Json tensor = {{"data", 1}, {"tensor", 4}, {"pipeline", 4}, {"sequence_parallel", true}};
  const Json experts = {{"data", 8}, {"expert", 8}, {"context", 2}, {"zero", 1}};
  return {job("Llama3_8B", {{"data", 1}}), job("Llama3_70B", tensor, {{"recompute", "full"}}),
          job("GPT3", tensor, {{"recompute", "selective"}, {"attention", "unfused"}}),
          job("Mixtral_8x7B", experts, {{"recompute", "full"}}),
          job("ResNet50", {{"data", 2}}, {{"sequence_length", 1}})};
}

// Layer by layer or operator by operator, a chunk computes as long.
TEST(StepCosts, AddUpToWhatTheOperatorsTake) {
  for (const Json& one : jobs()) {
    SCOPED_TRACE(one.dump());
    const TrainingSpec spec = spec_of(one);
    const StepCosts costs = costs_of(spec, rates);
    ASSERT_EQ(costs.chunks.size(), spec.execution.plan.chunks());
    for (std::uint32_t chunk = 0; chunk < costs.chunks.size(); ++chunk) {
      const PassTimes sum = compute_of_chunk(costs, chunk);
      const PassTimes expected = times_of_chunk(spec.model, spec.execution, chunk, rates, spec.efficiency);
      EXPECT_NEAR(sum.forward.si(), expected.forward.si(), 1e-12 * expected.forward.si());
      EXPECT_NEAR(sum.backward_input.si(), expected.backward_input.si(), 1e-12 * expected.backward_input.si());
      EXPECT_NEAR(sum.backward_weight.si(), expected.backward_weight.si(), 1e-12 * expected.backward_weight.si());
      EXPECT_NEAR(sum.recompute.si(), expected.recompute.si(), 1e-12 * expected.forward.si());
    }
  }
}

// So do the gradients of a stage.
TEST(StepCosts, HoldTheGradientsOfTheirStage) {
  for (const Json& one : jobs()) {
    SCOPED_TRACE(one.dump());
    const TrainingSpec spec = spec_of(one);
    const StepCosts costs = costs_of(spec, rates);
    for (std::uint32_t stage = 0; stage < spec.execution.plan.pipeline; ++stage) {
      Bytes dense;
      Bytes experts;
      for (const std::uint32_t chunk : chunks_of_stage(spec.execution.plan, stage)) {
        for (const std::uint32_t kind : costs.chunks[chunk]) {
          dense += costs.layers[kind].gradients.dense;
          experts += costs.layers[kind].gradients.experts;
        }
      }
      const GradientBytes expected = gradients_of_stage(spec.model, spec.execution, stage);
      EXPECT_NEAR(dense.si(), expected.dense.si(), 1e-12 * expected.dense.si());
      EXPECT_NEAR(experts.si(), expected.experts.si(), 1e-12 * expected.experts.si());
    }
  }
}

// What the forward pass gathers the backward pass scatters, and the other way round.
TEST(StepCosts, CallsUndoEachOther) {
  const TrainingSpec spec = spec_of(jobs()[1]);
  const StepCosts costs = costs_of(spec, rates);
  int calls = 0;
  for (const LayerItem& item : costs.layers[costs.chunks[0].back()].items) {
    if (item.purpose != Purpose::tensor) continue;
    ++calls;
    ASSERT_TRUE(item.forward && item.backward);
    EXPECT_NE(item.forward->operation, item.backward->operation);
    EXPECT_EQ(item.forward->bytes, Bytes(2.0 * 1024 * 8192));
  }
  EXPECT_EQ(calls, 4);
}

}  // namespace
}  // namespace lockstep::workloads
