// Is the model right? The k-th of n replicas is ready when order statistics say so: S09 and S10 in the mean of many
// runs, within four standard errors. Each device draws one factor a run, so that a replica's factor is the law's own.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/mitigations/mitigations.hpp"

namespace lockstep::sim {
namespace {

struct Law {
  Json factor;
  std::uint32_t replicas;
  std::uint32_t needed;
  double expected;  // of X_(needed:replicas)
};

// How long the decision takes, in times of an undisturbed replica.
double decided(const Law& law, std::uint64_t run, bool is_disturbed) {
  const std::uint32_t spare = law.replicas - law.needed;
  Json scenario = scenario_of(training_job(law.replicas, 1, {{"global_batch", law.needed}}), law.replicas,
                              {{"mitigations", {{{"kind", "backup_workers"}, {"count", spare}}}}});
  scenario["engine"]["fidelity"] = "flow";
  if (is_disturbed) {
    scenario["perturbations"] = {{{"kind", "compute_jitter"}, {"each", "device"}, {"factor", law.factor}}};
  }
  return results_of(scenario, run)["mitigation"]["decided_after_s"].get<double>();
}

void expect_law(const Law& law) {
  constexpr int runs = 200;
  const double alone = decided(law, 0, false);
  double sum = 0;
  double squares = 0;
  for (int run = 0; run < runs; ++run) {
    const double time = decided(law, static_cast<std::uint64_t>(run), true) / alone;
    sum += time;
    squares += time * time;
  }
  const double mean = sum / runs;
  const double error = std::sqrt((squares / runs - mean * mean) / (runs - 1));
  EXPECT_LE(std::abs(mean - law.expected), 4 * error) << mean << " +- " << error;
  EXPECT_LT(error, 0.05 * law.expected) << "a mean that is not known well proves nothing";
}

TEST(BackupWorkers, TakeAsLongAsExponentialOrderStatisticsSay) {
  // H_8 - H_2, S09.
  expect_law({.factor = {{"distribution", "exponential"}, {"mean", 1}},
              .replicas = 8,
              .needed = 6,
              .expected = 1.2178571428571425});
}

TEST(BackupWorkers, TakeAsLongAsTransientStragglersLetThem) {
  // 1 + P(Bin(8, 0.8) < 7), S10.
  const double at_most_one = std::pow(0.8, 8) + 8 * 0.2 * std::pow(0.8, 7);
  expect_law({.factor = {{"distribution", "bernoulli"}, {"probability", 0.2}, {"value", 2}},
              .replicas = 8,
              .needed = 7,
              .expected = 2 - at_most_one});
}

}  // namespace
}  // namespace lockstep::sim
