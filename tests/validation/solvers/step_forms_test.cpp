#include "validation/solvers/step_forms.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/quantity.hpp"
#include "validation/closed_forms/ring.hpp"

// The worked values come from an independent event-by-event simulation in Python.
namespace lockstep::validation {
namespace {

Hockney cost(double alpha, double bandwidth) {
  return {Seconds(alpha), pace(Bandwidth(bandwidth))};
}
void expect_near(Seconds actual, double expected) {
  EXPECT_NEAR(actual.si(), expected, 1e-9 * expected);
}
void expect_near(double actual, double expected) {
  EXPECT_NEAR(actual, expected, 1e-12 * expected);
}
std::vector<Seconds> seconds(std::initializer_list<double> values) {
  std::vector<Seconds> result;
  for (const double value : values) result.emplace_back(value);
  return result;
}

TEST(StepForms, BucketsWaitForTheirGradientsAndForEachOther) {  // D01, D02
  expect_near(bucketed_end(seconds({0.01, 0.02, 0.03, 0.04}), seconds({0.012, 0.012, 0.012, 0.012}), Seconds(0.04)),
              0.058);
  expect_near(bucketed_end(seconds({1, 2, 3, 4, 5}), seconds({0.5, 0.5, 0.5, 0.5, 3}), Seconds(5)), 8.0);
  expect_near(bucketed_end(seconds({2}), seconds({0.7}), Seconds(2.5)), 2.7);
  expect_near(exposed_buckets(4, Seconds(0.012), Seconds(0.04)), 0.018);
  expect_near(exposed_buckets(1, Seconds(0.05), Seconds(0.2)), 0.05);
  expect_near(exposed_buckets(7, Seconds(0.4), Seconds(2)), 1.0857142857142859);
}

TEST(StepForms, CountsWhatDataParallelRanksSend) {  // D03
  expect_near(data_parallel_traffic(8, Bytes(14e9), Sharding::none_or_optimizer).si(), 24.5e9);
  expect_near(data_parallel_traffic(8, Bytes(14e9), Sharding::weights).si(), 36.75e9);
  expect_near(data_parallel_traffic(8, Bytes(14e9), Sharding::gradients, 4).si(), 61.25e9);
  expect_near(data_parallel_traffic(8, Bytes(14e9), Sharding::weights, 4).si(), 147e9);
  expect_near(data_parallel_traffic(16, Bytes(5.2e9), Sharding::gradients, 2).si(), 14.625e9);
}

TEST(StepForms, GathersShardedWeightsALayerAhead) {  // D04, D05
  expect_near(sharded_forward(32, Seconds(0.003), Seconds(0.005)), 0.163);
  expect_near(sharded_forward(1, Seconds(0.2), Seconds(0.1)), 0.3);
  expect_near(sharded_forward(12, Seconds(0.5), Seconds(0.3)), 6.3);
  expect_near(sharded_backward(32, Seconds(0.003), Seconds(0.01), Seconds(0.003)), 0.326);
  expect_near(sharded_backward(2, Seconds(0.2), Seconds(0.1), Seconds(0.15)), 0.7);
  expect_near(sharded_backward(12, Seconds(0.5), Seconds(0.3), Seconds(0.2)), 8.5);
}

TEST(StepForms, ReducesActivationsFourTimesALayer) {  // D06
  expect_near(tensor_parallel_time(80, 16, 8, Bytes(2.0 * 4096 * 1 * 8192), cost(1e-6, 4.5e11)), 1.4078920476444445);
  expect_near(tensor_parallel_time(24, 1, 2, Bytes(2.0 * 1024 * 8 * 2048), cost(1e-6, 1e11)), 0.03240425472);
  expect_near(tensor_parallel_time(40, 2, 16, Bytes(2.0 * 8192 * 1 * 5120), cost(5e-6, 5e10)), 1.05463296);
}

TEST(StepForms, WaitsForTheBusiestExpert) {  // D07
  expect_near(expert_all_to_all(4, Bytes(1e8), 0.25, cost(1e-5, 5e10)), 0.00151);
  expect_near(expert_all_to_all(8, Bytes(3e7), 0.3, cost(5e-6, 2.5e10)), 0.002525);
  expect_near(expert_all_to_all(8, Bytes(2e8), 0.125, cost(2e-6, 4.5e11)), 0.00039088888888888886);
}

TEST(StepForms, PassesKeysAroundTheRing) {  // D09
  expect_near(ring_attention(8, Seconds(0.004), Seconds(0.001)), 0.032);
  expect_near(causal_ring_attention(8, Seconds(0.004), Seconds(0.001)), 0.03);
  expect_near(zigzag_ring_attention(8, Seconds(0.004), Seconds(0.001)), 0.016);
  expect_near(causal_ring_attention(32, Seconds(0.0021), Seconds(0.0013)), 0.0664);
  expect_near(zigzag_ring_attention(32, Seconds(0.0021), Seconds(0.0013)), 0.04135);
  expect_near(zigzag_ring_attention(16, Seconds(0.01), Seconds(0.01)), 0.155);
}

TEST(StepForms, CountsTheBytesOfStates) {  // D10
  expect_near(adam_state(7e9, 8, 0).si(), 112e9);
  expect_near(adam_state(7e9, 8, 1).si(), 38.5e9);
  expect_near(adam_state(7e9, 8, 2).si(), 26.25e9);
  expect_near(adam_state(7e9, 8, 3).si(), 14e9);
  expect_near(adam_state(7.5e9, 64, 1).si(), 31406250000.0);
}

TEST(StepForms, CountsTheBytesOfActivations) {  // D11
  LayerShape shape{.seq_len = 2048, .microbatch = 1, .hidden = 12288, .heads = 96};
  expect_near(layer_activations(shape, Kept::all, false).si(), 2868903936.0);
  shape.tensor = 8;
  expect_near(layer_activations(shape, Kept::all, false).si(), 578813952.0);
  expect_near(layer_activations(shape, Kept::all, true).si(), 358612992.0);
  expect_near(layer_activations(shape, Kept::without_attention_matrices, false).si(), 327155712.0);
  expect_near(layer_activations(shape, Kept::without_attention_matrices, true).si(), 106954752.0);
  expect_near(layer_activations(shape, Kept::layer_inputs, false).si(), 50331648.0);
}

TEST(StepForms, CountsTheFlopsOfAGpt) {  // D12
  const GptShape shape{.batch = 1, .seq_len = 2048, .layers = 96, .hidden = 12288, .vocabulary = 51200};
  expect_near(gpt_training_flops(shape).si(), 2204555173429247.8);
  expect_near(gpt_recomputing_flops(shape).si(), 2936829917528064.0);
  expect_near(gpt_flops_per_token(shape).si(), 1076442955776.0);
}

TEST(StepForms, RelatesWorkToThePeak) {  // D13
  expect_near(utilization(Flops(4.5e18), Seconds(28), 1024, FlopRate(3.12e14)), 0.5030370020604396);
  expect_near(utilization(Flops(9.6e17), Seconds(7.7), 256, FlopRate(9.89e14)), 0.4924297138655076);
}

TEST(StepForms, ComposeAStep) {  // D14
  struct Worked {
    double stages, microbatches, forward, backward, tensor;
    std::uint32_t replicas;
    double shard, alpha, bandwidth, update, step;
  };
  for (const Worked& w : {Worked{4, 16, 0.01, 0.02, 0.001, 8, 5e8, 5e-6, 5e10, 0.004, 0.62957},
                          Worked{1, 8, 0.05, 0.1, 0.01, 16, 1e9, 5e-6, 5e10, 0.01, 1.40765},
                          Worked{16, 64, 0.002, 0.0041, 0.0003, 3, 7e8, 2e-6, 4e10, 0.003, 0.5556413333333333}}) {
    const EqualPipeline pipeline{.stages = w.stages, .microbatches = w.microbatches};
    expect_near(pipeline_makespan(pipeline, Seconds(w.forward + w.backward + 2 * w.tensor)) +
                    ring_all_reduce(w.replicas, Bytes(w.shard), cost(w.alpha, w.bandwidth)) + Seconds(w.update),
                w.step);
  }
}

TEST(StepForms, TransfersCostWhatEachScheduleExposes) {  // P06, P07, P11
  const auto makespan = [](PipelineOrder order, double stages, double microbatches, double chunks, double work,
                           double hop) {
    return pipeline_makespan({order, stages, microbatches, chunks, Seconds(hop)}, Seconds(work));
  };
  expect_near(makespan(PipelineOrder::gpipe, 4, 8, 1, 3, 0.1), 33.6);
  expect_near(makespan(PipelineOrder::one_forward_one_backward, 4, 8, 1, 3, 0.1), 34.6);
  expect_near(makespan(PipelineOrder::one_forward_one_backward, 2, 9, 1, 3, 0.5), 35.0);
  expect_near(makespan(PipelineOrder::one_forward_one_backward, 8, 4, 1, 2, 0.25), 26.5);
  expect_near(makespan(PipelineOrder::interleaved, 4, 8, 2, 3, 0.1), 29.9);
  expect_near(makespan(PipelineOrder::interleaved, 4, 4, 4, 9, 0.5), 57.75);
}

TEST(StepForms, ScaleUntilTheRingIsTooLong) {  // Z01
  const ScalingAnswer answer = scale({Seconds(1), 8, Bytes(1.4e9), cost(5e-6, 5e10)});
  expect_near(answer.strong_speedup, 5.74481530418797);
  expect_near(answer.strong_efficiency, 0.7181019130234962);
  expect_near(answer.weak_speedup, 7.625801900731124);
  expect_near(answer.weak_efficiency, 0.9532252375913906);
  EXPECT_NEAR(answer.strong_marginal, 0.467565280051911, 1e-9);
  EXPECT_NEAR(answer.strong_derivative, 0.48646278843988455, 1e-6);
  const double best = *answer.most_useful_devices;
  EXPECT_GT(scale({Seconds(1), best, Bytes(1.4e9), cost(5e-6, 5e10)}).strong_speedup,
            scale({Seconds(1), best * 1.1, Bytes(1.4e9), cost(5e-6, 5e10)}).strong_speedup);
}

TEST(StepForms, PriceTheBubbleInFull) {  // Z02
  expect_near(pipelined_efficiency(Seconds(1), Seconds(0.15), 8, 1), 0.12269938650306748);
  expect_near(pipelined_efficiency_of_mlsysim(Seconds(1), Seconds(0.15), 8, 1), 0.4938271604938271);
  expect_near(pipelined_efficiency(Seconds(0.5), Seconds(0.1), 2, 2), 0.5882352941176471);
  expect_near(pipelined_efficiency_of_mlsysim(Seconds(1), Seconds(0.03), 16, 32), 0.7412080113546758);
}

}  // namespace
}  // namespace lockstep::validation
