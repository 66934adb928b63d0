#include <gtest/gtest.h>

#include <algorithm>

#include "tests/workloads/schedules/times.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

// Qi et al., "Zero Bubble Pipeline Parallelism" (ICLR 2024), tables 5 and 9: times in ms as profiled on 8 stages of
// A100s, and the bubble rates that its authors calculated from them. Their cost is the longest span of a stage.
struct ProfiledCase {
  const char* model;
  std::uint32_t microbatches;
  double forward, input_gradient, weight_gradient, transfer;
  double one_forward_one_backward, h1, h2;
};
constexpr ProfiledCase cases[] = {
    {"1.5B", 24, 18.522, 18.086, 9.337, 0.601, 0.2431, 0.1585, 0.1083},
    {"1.5B", 32, 18.513, 18.086, 9.331, 0.626, 0.1985, 0.1242, 0.0837},
    {"1.5B", 64, 18.546, 18.097, 9.321, 0.762, 0.1240, 0.0674, 0.0444},
    {"6.2B", 24, 29.718, 29.444, 19.927, 0.527, 0.2347, 0.1323, 0.0698},
    {"6.2B", 32, 29.802, 29.428, 19.530, 0.577, 0.1898, 0.1045, 0.0559},
    {"6.2B", 64, 29.935, 29.621, 19.388, 0.535, 0.1091, 0.0554, 0.0294},
};

double bubble_of_longest_span(const std::string& schedule, const ProfiledCase& profiled) {
  const Share share{.forward = profiled.forward,
                    .input_gradient = profiled.input_gradient,
                    .weight_gradient = profiled.weight_gradient,
                    .transfer = profiled.transfer};
  const auto summary = evaluate_schedule(make_schedule(schedule, {8, profiled.microbatches}), times_of(share));
  double longest = 0;
  for (const auto& stage : summary.stages) longest = std::max(longest, (stage.last_end - stage.first_start).si());
  return 1 - profiled.microbatches * share.both() / longest;
}

TEST(PublishedBubbles, OfZeroBubbleAreMetToAllFourDecimals) {
  constexpr double half_a_digit = 0.5e-4 * (1 + 1e-9);
  for (const ProfiledCase& profiled : cases) {
    SCOPED_TRACE(std::string(profiled.model) + ", " + std::to_string(profiled.microbatches) + " microbatches");
    EXPECT_NEAR(bubble_of_longest_span("1f1b", profiled), profiled.one_forward_one_backward, half_a_digit);
    EXPECT_NEAR(bubble_of_longest_span("zb_h1", profiled), profiled.h1, half_a_digit);
    EXPECT_NEAR(bubble_of_longest_span("zb_h2", profiled), profiled.h2, half_a_digit);
  }
}

}  // namespace
}  // namespace lockstep::workloads
