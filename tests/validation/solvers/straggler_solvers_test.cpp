// What order_statistics, stragglers and spares answer beside the worked values of their forms.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

std::string refusal(const std::string& solver, const Json& inputs) {
  try {
    return outputs_of(solver, inputs).dump();
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(OrderStatisticsSolver, ReadsTheWorkersOfAScenario) {
  const Json scenario = {{"workload",
                          {{"kind", "updates"},
                           {"workers", 4},
                           {"k", 1},
                           {"compute", {{"distribution", "uniform"}, {"low", "1 s"}, {"high", "2 s"}}}}},
                         {"communication_s", 0.5}};
  const Json answer = outputs_of("order_statistics", scenario);
  EXPECT_NEAR(answer["kth_s"].get<double>(), 1.2, 1e-12);
  EXPECT_NEAR(answer["sync_step_s"].get<double>(), 1.8 + 0.5, 1e-12);
  EXPECT_NEAR(answer["maximum_stddev_s"].get<double>(), std::sqrt(4.0 / 25 / 6), 1e-12);
  EXPECT_NEAR(answer["async_over_sync"].get<double>(), 1.8 / 1.5, 1e-12);
}

TEST(OrderStatisticsSolver, SaysNothingWhereThereIsNoMean) {
  const Json answer = outputs_of(
      "order_statistics",
      {{"workers", 8}, {"k", 4}, {"compute", {{"distribution", "pareto"}, {"scale", "1 s"}, {"shape", 0.9}}}});
  EXPECT_TRUE(answer["mean_s"].is_null());
  EXPECT_TRUE(answer["maximum_s"].is_null());
  EXPECT_TRUE(answer["async_per_s"].is_null());
  EXPECT_TRUE(answer["kth_s"].is_number());
}

TEST(OrderStatisticsSolver, RefusesWhatCannotBe) {
  const Json law = {{"distribution", "exponential"}, {"mean", "1 s"}};
  EXPECT_EQ(refusal("order_statistics", {{"workers", 8}, {"k", 9}, {"compute", law}}),
            "k: there are 8 workers, and 9 cannot be waited for");
  EXPECT_TRUE(refusal("order_statistics", {{"workers", 8}, {"solve", {{"compute", {{"distribution", "pareto_"}}}}}})
                  .starts_with("solve.compute.distribution: there is no distribution"));
}

TEST(StragglersSolver, AFractionOfLessThanAWorkerIsNobodyForEver) {
  const Json answer = outputs_of("stragglers", {{"workers", 8}, {"fraction", 0.05}});
  EXPECT_TRUE(answer["persistent_ratio"].is_null());
  EXPECT_GT(answer["transient_ratio"].get<double>(), 1.2);
  EXPECT_EQ(outputs_of("stragglers", {{"workers", 8}, {"fraction", 0}})["persistent_ratio"], 1.0);
}

TEST(SparesSolver, FindsTheLeastNumberThatReachesTheTarget) {
  Json pool = {{"running", 256}, {"node_mtbf_hours", 10000}, {"duration_hours", 240}, {"target", 0.999}};
  const Json answer = outputs_of("spares", pool);
  for (const auto& [least, reached] :
       {std::pair("spares_with_repair", "enough_with_repair"), {"spares_without_repair", "enough_without_repair"}}) {
    const auto spares = answer[least].get<std::uint32_t>();
    ASSERT_GT(spares, 1U);
    pool["spares"] = spares;
    EXPECT_GE(outputs_of("spares", pool)[reached].get<double>(), 0.999);
    pool["spares"] = spares - 1;
    EXPECT_LT(outputs_of("spares", pool)[reached].get<double>(), 0.999);
  }
}

// Parts that fail early bring the first failure of a new fleet long before what MTBF/n says, wear puts it off.
TEST(ReliabilitySolver, TheFirstFailureDependsOnHowPartsAge) {
  Json fleet = {{"cluster", "Frontier_8K"}};
  const auto first = [&](double shape) {
    fleet["shape"] = shape;
    return outputs_of("reliability", fleet)["first_failure_s"].get<double>();
  };
  EXPECT_NEAR(first(1) / outputs_of("reliability", fleet)["fleet_mtbf_s"].get<double>(), 1, 1e-12);
  EXPECT_LT(first(0.7), first(1) / 10);
  EXPECT_GT(first(1.5), 10 * first(1));
  EXPECT_TRUE(outputs_of("reliability", {{"mtbf", "3 h"}})["first_failure_s"].is_null());
}

}  // namespace
}  // namespace lockstep::validation
