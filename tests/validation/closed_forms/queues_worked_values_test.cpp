// Worked values of S13 to S15: the forms against averages of an independent simulation, with its standard errors.
#include <gtest/gtest.h>

#include "tests/validation/closed_forms/worked_values.hpp"
#include "validation/closed_forms/queues.hpp"

namespace lockstep::validation {
namespace {

// A form that is an exact expectation lies within four standard errors of an average.
void expect_average(double form, double average, double standard_error) {
  EXPECT_NEAR(form, average, 4 * standard_error);
}

TEST(QueueWorkedValues, S13TwoStagesAndABuffer) {
  const auto throughput = [](double first, double second, std::uint32_t buffer) {
    return blocking_pair_throughput(Frequency(first), Frequency(second), buffer).si();
  };
  EXPECT_NEAR(throughput(1, 1, 0), 0.6666666666666666, 1e-9);
  expect_average(throughput(1, 1, 0), 0.6670808068886511, 0.0010917881096494306);
  EXPECT_NEAR(throughput(2, 1.5, 1), 1.2685714285714285, 1e-9);
  expect_average(throughput(2, 1.5, 1), 1.2686511315258189, 0.0023021491740400695);
  EXPECT_NEAR(throughput(5, 5, 8), 4.545454545454546, 1e-9);
  expect_average(throughput(5, 5, 8), 4.544534230590505, 0.008181504609473244);
}

TEST(QueueWorkedValues, S13IsSmoothWhereBothStagesAreEqual) {
  const Frequency balanced = blocking_pair_throughput(Frequency(2), Frequency(2), 3);
  EXPECT_NEAR(blocking_pair_throughput(Frequency(2), Frequency(2 + 1e-9), 3).si(), balanced.si(), 1e-8);
}

TEST(QueueWorkedValues, S14RowOfStages) {
  const auto sojourn = [](double arrivals, const std::vector<double>& rates) {
    std::vector<Frequency> stages;
    stages.reserve(rates.size());
    for (const double rate : rates) stages.emplace_back(rate);
    return open_tandem_sojourn(Frequency(arrivals), stages).si();
  };
  EXPECT_NEAR(sojourn(0.5, {1, 1}), 4, 1e-9);
  expect_average(sojourn(0.5, {1, 1}), 4.01294671913427, 0.020506274645145615);
  EXPECT_NEAR(sojourn(1, {2, 3, 4}), 1.8333333333333333, 1e-9);
  expect_average(sojourn(1, {2, 3, 4}), 1.8348494271396665, 0.007614882108347958);
  EXPECT_NEAR(sojourn(2, {5, 5}), 0.6666666666666666, 1e-9);
  expect_average(sojourn(2, {5, 5}), 0.6683926130367348, 0.002440361215501608);
}

TEST(QueueWorkedValues, S15ForwardsOfRandomTimesAreInABracket) {
  expect_bracket(exponential_forward_phase(4, 8, Seconds(1)), 11, 23.31370849898476);
  expect_bracket(exponential_forward_phase(2, 3, Seconds(1)), 4, 9.898979485566358);
  expect_bracket(exponential_forward_phase(4, 100, Seconds(1)), 103, 144);
}

}  // namespace
}  // namespace lockstep::validation
