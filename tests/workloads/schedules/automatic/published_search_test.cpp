#include <gtest/gtest.h>

#include "tests/workloads/schedules/times.hpp"
#include "workloads/schedules/automatic/automatic.hpp"

namespace lockstep::workloads {
namespace {

// Qi et al., "Zero Bubble Pipeline Parallelism" (ICLR 2024), tables 3, 5 and 9: models, times in ms as profiled on 8
// stages of A100s, and the bubble rates that the authors calculate for the schedules that their search finds with the
// memory of 1F1B (ZB-1p) and with twice that (ZB-2p). Their cost is the longest span of a stage.
struct ProfiledCase {
  const char* name;
  double hidden, heads;
  std::uint32_t microbatches;
  double forward, input_gradient, weight_gradient, transfer;
  double one_p, two_p;
};
constexpr ProfiledCase cases[] = {
    {"1.5B", 2304, 24, 24, 18.522, 18.086, 9.337, 0.601, 0.1585, 0.0433},
    {"1.5B", 2304, 24, 32, 18.513, 18.086, 9.331, 0.626, 0.1242, 0.0039},
    {"1.5B", 2304, 24, 64, 18.546, 18.097, 9.321, 0.762, 0.0674, 0.0026},
    {"6.2B", 4096, 32, 24, 29.718, 29.444, 19.927, 0.527, 0.1323, 0.0029},
    {"6.2B", 4096, 32, 32, 29.802, 29.428, 19.530, 0.577, 0.1045, 0.0022},
    {"6.2B", 4096, 32, 64, 29.935, 29.621, 19.388, 0.535, 0.0554, 0.0010},
};
constexpr std::uint32_t stages = 8;
constexpr double sequence = 1024;
constexpr double half_a_digit = 0.5e-4 * (1 + 1e-9);

// A layer keeps sbh(34 + 5as/h) bytes (Korthikanti et al. 2022, "Reducing Activation Recomputation in Large Transformer
// Models"), of which the weight gradient needs 32sbh (Qi et al. 2024, table 1).
double kept_for_weights(const ProfiledCase& profiled) {
  return 32 / (34 + 5 * profiled.heads * sequence / profiled.hidden);
}

double bubble(const ProfiledCase& profiled, double most_activations) {
  const Share share{.forward = profiled.forward,
                    .input_gradient = profiled.input_gradient,
                    .weight_gradient = profiled.weight_gradient,
                    .transfer = profiled.transfer};
  ScheduleSearch search;
  search.times = [share](const Schedule&) { return times_of(share); };
  search.limit = {.most = most_activations, .kept_for_weights = kept_for_weights(profiled)};
  search.objective = SearchObjective::longest_span;
  search.most_copies = 1;
  search.budget = 2000;
  return 1 - profiled.microbatches * share.both() /
                 find_schedule({stages, profiled.microbatches}, search).longest_span.si();
}

TEST(PublishedSearch, WithTheMemoryOfOneForwardOneBackwardIsMetToAllFourDecimals) {
  for (const ProfiledCase& profiled : cases) {
    EXPECT_NEAR(bubble(profiled, stages), profiled.one_p, half_a_digit) << profiled.name << profiled.microbatches;
  }
}

// Both are searches, so either may find the better schedule; the bubbles are near the least that can be.
TEST(PublishedSearch, WithTwiceTheMemoryIsMetOrImprovedUpon) {
  for (const ProfiledCase& profiled : cases) {
    const double found = bubble(profiled, 2 * stages);
    EXPECT_LE(found, profiled.two_p + half_a_digit) << profiled.name << profiled.microbatches;
    EXPECT_GE(found, profiled.two_p - 0.0010) << profiled.name << profiled.microbatches;
  }
}

}  // namespace
}  // namespace lockstep::workloads
