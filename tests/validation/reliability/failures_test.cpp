// Worked values of R01, R05 and R08 with the figures of an independent implementation, whose Monte Carlo simulation
// confirms them. Those of R02 to R04, R06 and R07 are in tests/validation/solvers/.
#include "validation/reliability/failures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "validation/order_statistics/order_forms.hpp"

namespace lockstep::validation {
namespace {

constexpr double hour = 3600;

void expect_fleet(std::vector<Parts> of_a_node, double nodes, double hours, double mtbf_hours, double probability) {
  for (Parts& parts : of_a_node) {
    parts.count *= nodes;
    parts.mtbf = parts.mtbf * hour;
  }
  const Seconds mtbf = mtbf_of(of_a_node);
  EXPECT_NEAR(mtbf.si() / hour, mtbf_hours, 1e-12 * mtbf_hours);
  EXPECT_NEAR(failure_probability(mtbf, Seconds(hours * hour)), probability, 1e-12);
}

TEST(Failures, R01RatesAddUp) {
  expect_fleet({{8, Seconds(50000)}, {8, Seconds(150000)}, {4, Seconds(100000)}}, 32, 24, 123.35526315789474,
               0.17680321503235874);
  expect_fleet({{1, Seconds(10000)}}, 1000, 10, 10, 0.6321205588285577);
  expect_fleet({{8, Seconds(60000)}, {2, Seconds(200000)}}, 64, 100, 109.01162790697674, 0.6004168232556462);
}

void expect_spares(const SparePool& pool, double repair_hours, double hours, double repaired, double unrepaired) {
  EXPECT_NEAR(enough_with_repair(pool, Seconds(repair_hours * hour)), repaired, 1e-12);
  EXPECT_NEAR(enough_without_repair(pool, Seconds(hours * hour)), unrepaired, 1e-12);
}

TEST(Failures, R05SparesSuffice) {
  expect_spares({32, 2, Seconds(2000 * hour)}, 24, 100, 0.9924171658133978, 0.783358489819263);
  expect_spares({16, 1, Seconds(1000 * hour)}, 10, 50, 0.9879216601795936, 0.8087921354109989);
  expect_spares({256, 8, Seconds(10000 * hour)}, 24, 240, 0.9999999776579689, 0.8320174329118486);
}

TEST(Failures, R05WithoutSparesAllNodesMustBeUp) {
  const SparePool pool{100, 0, Seconds(99)};
  EXPECT_NEAR(enough_with_repair(pool, Seconds(1)), std::pow(0.99, 100), 1e-14);
  EXPECT_NEAR(enough_without_repair(pool, Seconds(0.99)), std::exp(-1), 1e-14);
  EXPECT_EQ(enough_with_repair(pool, Seconds(0)), 1);
}

TEST(Failures, R08FirstFailureOfNewParts) {
  EXPECT_NEAR(weibull_minimum(100, Seconds(50000), 0.7).si(), 87.94280291691015, 1e-10);
  EXPECT_NEAR(weibull_minimum(256, Seconds(100000), 1.5).si(), 2239.0919182650823, 1e-9);
  EXPECT_NEAR(weibull_minimum(10, Seconds(1000), 2).si(), 280.24956081989643, 1e-10);
  const auto life = [](double scale, double shape) { return Seconds(scale * std::tgamma(1 + 1 / shape)); };
  EXPECT_NEAR(first_failure(std::vector{Parts{100, life(50000, 0.7)}}, 0.7).si(), 87.94280291691015, 1e-10);
  EXPECT_NEAR(first_failure(std::vector{Parts{56, life(1e5, 1.5)}, Parts{200, life(1e5, 1.5)}}, 1.5).si(),
              2239.0919182650823, 1e-9);
  EXPECT_NEAR(first_failure(std::vector{Parts{8, Seconds(60)}, Parts{2, Seconds(200)}}, 1).si(),
              mtbf_of(std::vector{Parts{8, Seconds(60)}, Parts{2, Seconds(200)}}).si(), 1e-12);
  // Only exponential parts halve their time to the first failure when there are twice as many.
  EXPECT_NEAR(weibull_minimum(10, Seconds(1000), 1).si(), 100, 1e-12);
}

}  // namespace
}  // namespace lockstep::validation
