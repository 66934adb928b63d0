// Random scenarios, simulated whole and folded.
#include "base/error.hpp"
#include "tests/sim/symmetry/folded_runs.hpp"
#include "tests/sim/symmetry/random_scenarios.hpp"

namespace lockstep::sim {
namespace {

// So many draws that are legal and fold, whole and folded.
void expect_equal_draws(Json (*draw)(std::uint64_t seed), std::size_t count) {
  std::vector<std::unique_ptr<FoldedRun>> runs;
  std::size_t actors = 0;
  std::size_t classes = 0;
  for (std::uint64_t seed = 0; runs.size() < count; ++seed) {
    try {
      auto run = std::make_unique<FoldedRun>(draw(seed));
      if (run->folds()) runs.push_back(std::move(run));
    } catch (const InputError&) {
      continue;  // not every plan is legal, and not every algorithm does everything everywhere
    }
  }
  for (const auto& run : runs) {
    actors += run->folding().actors();
    classes += run->folding().classes();
  }
  EXPECT_LT(classes, actors * 4 / 5) << "the draws hardly fold";
  expect_equal_runs(runs);
}

TEST(Folding, ChangesNothingOfTrainingSteps) {
  expect_equal_draws(random_training_run, 30);
}

TEST(Folding, ChangesNothingOfCollectives) {
  expect_equal_draws(random_collective_run, 150);
}

}  // namespace
}  // namespace lockstep::sim
