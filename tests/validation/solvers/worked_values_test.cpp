#include <gtest/gtest.h>

#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

class WorkedValues : public testing::TestWithParam<const char*> {};

TEST_P(WorkedValues, AreReproducedTo1e9) {
  expect_reproduced("worked_values", GetParam(), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Solvers, WorkedValues,
                         testing::Values("gradient_overlap", "data_parallel_bytes", "sharded_layers", "tensor_parallel",
                                         "expert_parallel", "context_parallel", "optimizer_state", "activations",
                                         "training_flops", "utilization", "scaling_efficiency", "pipeline_bubble",
                                         "orchestration", "economics", "order_statistics", "stragglers", "spares"),
                         [](const auto& test) { return std::string(test.param); });

// The slope was measured by finite differences.
TEST(WorkedValues, OfScalingAreReproducedTo1e6) {
  expect_reproduced("worked_values", "data_parallel_scaling", 1e-6);
}

// The optimum was found by search, which is conditioned badly where writes are short.
TEST(WorkedValues, OfReliabilityAreReproducedTo1e7) {
  expect_reproduced("worked_values", "reliability", 1e-7);
}

}  // namespace
}  // namespace lockstep::validation
