#include "workloads/training/step_figures.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::workloads {
namespace {

TrainingSpec gpt3(const std::string& more) {
  static const Catalog catalog = Catalog::bundled();
  const Json json =
      parse_json(R"({"model":{"layers":96,"hidden_dim":12288,"heads":96,"vocab":51200,"mlp":"plain","context":2048},)"
                 R"("global_batch":1536,"sequence_length":2048,"parallel":{"data":16,"tensor":8,"pipeline":12},)"
                 R"("schedule":"interleaved_1f1b","virtual_stages":2)" +
                     more + "}",
                 "job.json");
  return read_training_spec(JsonFields(json, "job.json"), {.catalog = catalog});
}

// Narayanan et al., arXiv 2104.04473, section 5.1: 96 B s l h² (1 + s/6h + V/16lh) flops with recomputation, which
// are 4/3 of 72 B s l h² (1 + s/6h + V/12lh) but for the vocabulary.
TEST(StepFigures, FollowTheNarayananFormulaForGptsWithoutRecomputation) {
  const Seconds step(10);
  const double peak = 1536 * 312e12;
  const StepFigures figures = figures_of(gpt3(R"(,"flops":"full")"), step, FlopRate(peak));
  const double b = 1536;
  const double s = 2048;
  const double l = 96;
  const double h = 12288;
  const double flops = 72 * b * s * l * h * h * (1 + s / (6 * h) + 51200 / (12 * l * h));
  EXPECT_NEAR(figures.mfu, flops / (10 * peak), 1e-9);
  EXPECT_NEAR(figures.model_flops_per_device.si(), flops / 10 / 1536, 1e-9 * flops / 15360);
  EXPECT_DOUBLE_EQ(figures.sequences_per_s, 153.6);
  EXPECT_DOUBLE_EQ(figures.tokens_per_s, 153.6 * 2048);
  EXPECT_DOUBLE_EQ(figures.tokens_per_s_per_device, 153.6 * 2048 / 1536);
}

TEST(StepFigures, CountWhatIsExecutedForHfuAlone) {
  const FlopRate peak(1e18);
  const StepFigures none = figures_of(gpt3(""), Seconds(10), peak);
  const StepFigures full = figures_of(gpt3(R"(,"recompute":"full")"), Seconds(10), peak);
  EXPECT_DOUBLE_EQ(full.mfu, none.mfu);
  EXPECT_GT(full.hfu / none.hfu, 1.3);
  EXPECT_LT(full.hfu / none.hfu, 4.0 / 3);
}

TEST(StepFigures, AreNoneForAStepThatTakesNoTime) {
  EXPECT_EQ(figures_of(gpt3(""), Seconds(0), FlopRate(1e18)).mfu, 0);
}

}  // namespace
}  // namespace lockstep::workloads
