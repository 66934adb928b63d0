// Sweeps of stragglers, where what comes out is known.
#include "studies/straggler_study.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep::studies {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

StragglerStudy study(const Json& document, StragglerSweep sweep) {
  sweep.jobs = 2;
  return study_stragglers({document, {.catalog = catalog()}}, sweep);
}

Json updates(std::uint32_t workers) {
  return {{"workload",
           {{"kind", "updates"},
            {"protocol", "sync"},
            {"workers", workers},
            {"compute", "1 s"},
            {"updates", 1000 * workers}}},
          {"engine", {{"network", "contention_free"}}}};
}

const Summary& rate(const StragglerStudy& study, const StragglerCell& cell, const std::string& name) {
  std::size_t at = 0;
  while (study.methods[at].name != name) ++at;
  return cell.samples_per_s[at];
}

// S12: the share f of n workers slow by s leaves n/s gradients a second to those who wait, and n(1 - f + f/s) to those
// who do not; backup workers take as many as are slow out of the way.
TEST(StragglerStudy, FindsWhatPersistentStragglersCost) {
  const StragglerStudy found = study(updates(20), {.fractions = {0.05, 0.2}, .factors = {1.5, 2}, .replicas = 2});
  ASSERT_EQ(found.cells.size(), 4);
  for (const StragglerCell& cell : found.cells) {
    const double f = cell.fraction;
    const double s = cell.factor;
    EXPECT_NEAR(rate(found, cell, "sync").mean, 20 / s, 1e-9);
    EXPECT_NEAR(rate(found, cell, "async").mean, 20 * (1 - f + f / s), 0.01 * 20);  // edges of a finite run
    EXPECT_NEAR(rate(found, cell, "backup").mean, 20 * (1 - f), 1e-9);
    EXPECT_EQ(cell.slow_devices, std::lround(20 * f));
  }
  // A finite bound helps nothing against who is always slow (A05).
  EXPECT_NEAR(rate(found, found.cells[1], "ssp").mean, 10, 0.2);
}

TEST(StragglerStudy, AnswersItsQuestion) {
  const StragglerStudy found = study(updates(20), {.fractions = {0.05}, .factors = {2}, .replicas = 1});
  const std::string answer = answer_of(found, found.cells.front());
  EXPECT_NE(answer.find("In a fleet with 5 % stragglers, 2 times as slow, synchronous training keeps 50 %"),
            std::string::npos)
      << answer;
  EXPECT_NE(answer.find("async"), std::string::npos);
}

TEST(StragglerStudy, OfATrainingStepComparesWithReplicasThatDoNotWait) {
  const Json training = {
      {"fleet",
       {{"topology", "switch"},
        {"devices", 4},
        {"link", {{"bandwidth", "5000 GB/s"}, {"latency", "0 us"}}},
        {"device", {{"compute", "100 TFLOP/s"}}}}},
      {"workload",
       {{"kind", "training"},
        {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
        {"global_batch", 16},
        {"sequence_length", 256},
        {"parallel", {{"data", 4}}}}},
      {"engine", {{"network", "contention_free"}}}};
  const StragglerStudy found = study(training, {.fractions = {0.25}, .factors = {2}, .replicas = 2});
  const double undisturbed = found.methods.front().undisturbed.mean;
  EXPECT_NEAR(rate(found, found.cells[0], "sync").mean, undisturbed / 2, 0.01 * undisturbed);
  EXPECT_NEAR(rate(found, found.cells[0], "async").mean, undisturbed * 0.875, 0.02 * undisturbed);
  // Without the slow one of four, and with 2 microbatches for it of 16, 14 shared by the others.
  EXPECT_NEAR(rate(found, found.cells[0], "drop slowest").mean, undisturbed * 0.75, 0.01 * undisturbed);
  EXPECT_NEAR(rate(found, found.cells[0], "rebalance").mean, undisturbed * 4 / 5, 0.01 * undisturbed);
}

TEST(StragglerStudy, NeedsSamples) {
  const Json ring = {
      {"fleet", {{"topology", "ring"}, {"devices", 4}, {"link", {{"bandwidth", "1 GB/s"}, {"latency", "1 us"}}}}},
      {"workload", {{"kind", "collective"}, {"operation", "all_reduce"}, {"algorithm", "ring"}, {"bytes", "1 MB"}}}};
  EXPECT_THROW(study(ring, {}), InputError);
}

}  // namespace
}  // namespace lockstep::studies
