// Worked values of P01 to P16 and Z04, from an independent run of the same orders, task by task, in Python.
#include <gtest/gtest.h>

#include "tests/validation/closed_forms/worked_values.hpp"
#include "validation/closed_forms/pipelines.hpp"
#include "validation/closed_forms/split_pipelines.hpp"
#include "validation/closed_forms/unequal_pipelines.hpp"

namespace lockstep::validation {
namespace {

PipelineShape shape(std::uint32_t stages, std::uint32_t microbatches, std::uint32_t virtual_stages = 1) {
  return {.stages = stages, .microbatches = microbatches, .virtual_stages = virtual_stages};
}

StageCost takes(double forward, double backward) {
  return {.forward = Seconds(forward), .backward = Seconds(backward)};
}

SplitCost takes(double forward, double input_gradient, double weight_gradient) {
  return {.forward = Seconds(forward),
          .input_gradient = Seconds(input_gradient),
          .weight_gradient = Seconds(weight_gradient)};
}

std::vector<StageCost> stages_of(const std::vector<double>& forward, const std::vector<double>& backward) {
  std::vector<StageCost> stages;
  for (std::size_t stage = 0; stage < forward.size(); ++stage) {
    stages.push_back(takes(forward[stage], backward[stage]));
  }
  return stages;
}

// The peak of each stage in turn.
template <class Peak>
std::vector<std::uint64_t> peaks(const PipelineShape& of, Peak peak) {
  std::vector<std::uint64_t> all;
  for (std::uint32_t stage = 0; stage < of.stages; ++stage) all.push_back(peak(of, stage));
  return all;
}
using Peaks = std::vector<std::uint64_t>;

TEST(PipelineWorkedValues, P01Gpipe) {
  expect_equal(flushed_pipeline(shape(4, 8), takes(1, 2)), 33);
  EXPECT_NEAR(bubble_fraction(shape(4, 8)), 0.2727272727272727, 1e-12);
  EXPECT_EQ(gpipe_peak(shape(4, 8)), 8U);
  expect_equal(flushed_pipeline(shape(2, 3), takes(1.3, 0.7)), 8);
  EXPECT_NEAR(bubble_fraction(shape(2, 3)), 0.25, 1e-12);
  EXPECT_EQ(gpipe_peak(shape(2, 3)), 3U);
  expect_equal(flushed_pipeline(shape(16, 64), takes(0.0031, 0.00605)), 0.72285);
  EXPECT_NEAR(bubble_fraction(shape(16, 64)), 0.189873417721519, 1e-12);
  EXPECT_EQ(gpipe_peak(shape(16, 64)), 64U);
}

TEST(PipelineWorkedValues, P02OneForwardOneBackward) {
  expect_equal(flushed_pipeline(shape(4, 8), takes(1, 2)), 33);
  EXPECT_EQ(peaks(shape(4, 8), one_forward_one_backward_peak), (Peaks{4, 3, 2, 1}));
  expect_equal(flushed_pipeline(shape(2, 3), takes(1.3, 0.7)), 8);
  EXPECT_EQ(peaks(shape(2, 3), one_forward_one_backward_peak), (Peaks{2, 1}));
  expect_equal(flushed_pipeline(shape(16, 64), takes(0.0031, 0.00605)), 0.72285);
  EXPECT_EQ(peaks(shape(16, 64), one_forward_one_backward_peak),
            (Peaks{16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}));
}

TEST(PipelineWorkedValues, P03GpipeOfUnequalStages) {
  expect_equal(gpipe_of_stages(stages_of({1, 1.2, 0.9, 1.1}, {2, 2.2, 1.7, 2.4}), 8), 37.7);
  expect_equal(gpipe_of_stages(stages_of({1, 2, 3, 2, 1}, {3, 1, 2, 2, 1}), 3), 30);
  expect_equal(gpipe_of_stages(stages_of({1, 4}, {2, 1}), 1), 8);
}

TEST(PipelineWorkedValues, P04OneForwardOneBackwardOfUnequalStagesIsInABracket) {
  // The times between the brackets are those of the recurrence.
  const auto expect_inside = [](const Bracket& bracket, double time) {
    EXPECT_LE(bracket.lower.si(), time * (1 + 1e-9));
    EXPECT_GE(bracket.upper.si(), time * (1 - 1e-9));
  };
  expect_inside(one_forward_one_backward_of_stages(stages_of({1, 1.2, 0.9, 1.1}, {2, 2.2, 1.7, 2.4}), 8), 37);
  expect_inside(one_forward_one_backward_of_stages(stages_of({1, 2, 3, 2, 1}, {3, 1, 2, 2, 1}), 3), 26);
  expect_inside(one_forward_one_backward_of_stages(stages_of({1, 4}, {2, 1}), 1), 8);
}

TEST(PipelineWorkedValues, P05OneSlowStage) {
  expect_equal(one_forward_one_backward_with_slow_stage(shape(4, 8), takes(1, 2), {0, 1.5}), 40.5);
  expect_equal(one_forward_one_backward_with_slow_stage(shape(4, 16), takes(1, 1), {3, 2}), 70);
  expect_equal(one_forward_one_backward_with_slow_stage(shape(8, 16), takes(1, 2), {7, 1.1}), 73.80000000000001);
}

TEST(PipelineWorkedValues, P06GpipeWithTransfers) {
  expect_equal(gpipe_with_transfers(shape(4, 8), takes(1, 2), Seconds(0.1)), 33.6);
  expect_equal(gpipe_with_transfers(shape(2, 9), takes(1, 2), Seconds(0.5)), 31);
  expect_equal(gpipe_with_transfers(shape(8, 4), takes(1, 1), Seconds(0.25)), 25.5);
}

TEST(PipelineWorkedValues, P07OneForwardOneBackwardWithTransfers) {
  expect_equal(one_forward_one_backward_with_transfers(shape(4, 8), takes(1, 2), Seconds(0.1)), 34.6);
  expect_equal(one_forward_one_backward_with_transfers(shape(2, 9), takes(1, 2), Seconds(0.5)), 35);
  expect_equal(one_forward_one_backward_with_transfers(shape(8, 4), takes(1, 1), Seconds(0.25)), 26.5);
}

TEST(PipelineWorkedValues, P08EagerWarmUpHidesTransfers) {
  expect_equal(eager_one_forward_one_backward(shape(4, 8), takes(1, 2), Seconds(0.1)), 33.6);
  expect_equal(eager_one_forward_one_backward(shape(2, 9), takes(1, 2), Seconds(0.5)), 31);
  expect_equal(eager_one_forward_one_backward(shape(8, 4), takes(1, 1), Seconds(0.25)), 25.5);
}

TEST(PipelineWorkedValues, P09TransfersThatOccupySenders) {
  const auto occupied = [](const PipelineShape& of, const StageCost& cost, double transfer) {
    std::vector<StageCost> stages;
    for (std::uint32_t stage = 0; stage < of.stages; ++stage) {
      stages.push_back(with_occupied_sender(cost, of, stage, Seconds(transfer)));
    }
    return one_forward_one_backward_of_stages(stages, of.microbatches);
  };
  expect_equal(gpipe_with_occupied_senders(shape(4, 8), takes(1, 2), Seconds(0.1)), 35);
  expect_equal(occupied(shape(4, 8), takes(1, 2), 0.1).upper, 35);
  EXPECT_LE(occupied(shape(4, 8), takes(1, 2), 0.1).lower.si(), 34.90000000000001 * (1 + 1e-9));
  expect_equal(gpipe_with_occupied_senders(shape(2, 9), takes(1, 2), Seconds(0.5)), 39);
  expect_equal(occupied(shape(2, 9), takes(1, 2), 0.5).upper, 39);
  EXPECT_LE(occupied(shape(2, 9), takes(1, 2), 0.5).lower.si(), 35 * (1 + 1e-9));
  expect_equal(gpipe_with_occupied_senders(shape(8, 4), takes(1, 1), Seconds(0.25)), 27);
  expect_equal(occupied(shape(8, 4), takes(1, 1), 0.25).upper, 27);
  EXPECT_LE(occupied(shape(8, 4), takes(1, 1), 0.25).lower.si(), 26.75 * (1 + 1e-9));
}

TEST(PipelineWorkedValues, P10Interleaved) {
  expect_equal(interleaved_pipeline(shape(4, 8, 2), takes(1, 2)), 28.5);
  EXPECT_NEAR(bubble_fraction(shape(4, 8, 2)), 0.15789473684210525, 1e-12);
  EXPECT_EQ(peaks(shape(4, 8, 2), interleaved_peak), (Peaks{11, 9, 7, 5}));
  expect_equal(interleaved_pipeline(shape(2, 6, 3), takes(1.3, 0.7)), 12.666666666666666);
  EXPECT_NEAR(bubble_fraction(shape(2, 6, 3)), 0.05263157894736842, 1e-12);
  EXPECT_EQ(peaks(shape(2, 6, 3), interleaved_peak), (Peaks{7, 5}));
  expect_equal(interleaved_pipeline(shape(4, 4, 4), takes(3, 6)), 42.75);
  EXPECT_NEAR(bubble_fraction(shape(4, 4, 4)), 0.15789473684210525, 1e-12);
  EXPECT_EQ(peaks(shape(4, 4, 4), interleaved_peak), (Peaks{16, 16, 16, 16}));
}

TEST(PipelineWorkedValues, P11InterleavedWithTransfers) {
  expect_equal(interleaved_pipeline_with_transfers(shape(4, 8, 2), takes(1, 2), Seconds(0.1)), 29.9);
  expect_equal(interleaved_pipeline_with_transfers(shape(2, 6, 3), takes(1.3, 0.7), Seconds(0.2)), 14.666666666666666);
  expect_equal(interleaved_pipeline_with_transfers(shape(4, 4, 4), takes(3, 6), Seconds(0.5)), 57.75);
}

TEST(PipelineWorkedValues, P12BreadthFirst) {
  expect_equal(breadth_first_pipeline(shape(4, 8, 2), takes(1, 2)), 28.5);
  expect_equal(breadth_first_pipeline(shape(4, 3, 3), takes(1.3, 0.7)), 9.333333333333334);
  expect_equal(breadth_first_pipeline(shape(8, 2, 4), takes(3, 6)), 74.25);
}

TEST(PipelineWorkedValues, P13ZeroBubbleH1) {
  expect_equal(zb_h1(shape(4, 8), takes(1, 1, 1)), 27);
  expect_equal(zb_h1_span(shape(4, 8), takes(1, 1, 1)), 27);
  EXPECT_EQ(peaks(shape(4, 8), zb_h1_peak), (Peaks{4, 3, 2, 1}));
  expect_equal(zb_h1(shape(3, 9), takes(1, 1.4, 1.2)), 35.199999999999996);
  expect_equal(zb_h1_span(shape(3, 9), takes(1, 1.4, 1.2)), 35.199999999999996);
  EXPECT_EQ(peaks(shape(3, 9), zb_h1_peak), (Peaks{3, 2, 1}));
  expect_equal(zb_h1(shape(6, 11), takes(0.8, 1.5, 1.6)), 50.4);
  expect_equal(zb_h1_span(shape(6, 11), takes(0.8, 1.5, 1.6)), 50.4);
  EXPECT_EQ(peaks(shape(6, 11), zb_h1_peak), (Peaks{6, 5, 4, 3, 2, 1}));
}

TEST(PipelineWorkedValues, P14ZeroBubbleH2) {
  expect_equal(zb_h2(shape(4, 8), takes(1, 1, 1)), 27);
  expect_equal(zb_h2_span(shape(4, 8), takes(1, 1, 1)), 24);
  EXPECT_EQ(peaks(shape(4, 8), zb_h2_peak), (Peaks{7, 5, 3, 1}));
  expect_equal(zb_h2(shape(3, 9), takes(1, 1.4, 1.2)), 34.4);
  expect_equal(zb_h2_span(shape(3, 9), takes(1, 1.4, 1.2)), 33.199999999999996);
  EXPECT_EQ(peaks(shape(3, 9), zb_h2_peak), (Peaks{5, 3, 1}));
  expect_equal(zb_h2(shape(6, 11), takes(0.8, 1.5, 1.6)), 46.9);
  expect_equal(zb_h2_span(shape(6, 11), takes(0.8, 1.5, 1.6)), 46.4);
  EXPECT_EQ(peaks(shape(6, 11), zb_h2_peak), (Peaks{11, 9, 7, 5, 3, 1}));
}

TEST(PipelineWorkedValues, P15ZeroBubbleV) {
  expect_equal(zb_v(shape(4, 8), Seconds(1)), 25.5);
  expect_equal(zb_v_span(shape(4, 8), Seconds(1)), 24);
  EXPECT_EQ(zb_v_peak(shape(4, 8)), 8U);
  expect_equal(zb_v(shape(2, 3), Seconds(1.3)), 12.350000000000001);
  expect_equal(zb_v_span(shape(2, 3), Seconds(1.3)), 11.700000000000001);
  EXPECT_EQ(zb_v_peak(shape(2, 3)), 4U);
  expect_equal(zb_v(shape(3, 5), Seconds(3.1)), 49.6);
  expect_equal(zb_v_span(shape(3, 5), Seconds(3.1)), 46.5);
  EXPECT_EQ(zb_v_peak(shape(3, 5)), 6U);
}

TEST(PipelineWorkedValues, P16DualPipe) {
  expect_equal(dual_pipe(shape(8, 20), {Seconds(1), Seconds(2), Seconds(1), Seconds(3)}), 66);
  EXPECT_EQ(dual_pipe_peak(shape(8, 20)), 9U);
  expect_equal(dual_pipe(shape(2, 6), {Seconds(1.2), Seconds(2), Seconds(0.9), Seconds(2.8)}), 18);
  EXPECT_EQ(dual_pipe_peak(shape(2, 6)), 3U);
  expect_equal(dual_pipe(shape(6, 12), {Seconds(1.5), Seconds(2.2), Seconds(0.8), Seconds(3.7)}), 51.60000000000001);
  EXPECT_EQ(dual_pipe_peak(shape(6, 12)), 7U);
}

TEST(PipelineWorkedValues, Z04MicrobatchesForABubble) {
  EXPECT_EQ(microbatches_for_bubble(8, 0.1), 63U);
  EXPECT_EQ(microbatches_for_bubble(16, 0.3), 35U);
  EXPECT_EQ(microbatches_for_bubble(8, 0.25), 21U);
}

}  // namespace
}  // namespace lockstep::validation
