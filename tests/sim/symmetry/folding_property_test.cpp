// Random scenarios, simulated whole and folded.
#include "base/error.hpp"
#include "tests/sim/symmetry/folded_runs.hpp"
#include "tests/sim/symmetry/random_scenarios.hpp"

namespace lockstep::sim {
namespace {

TEST(Folding, ChangesNothingOfTrainingSteps) {
  std::vector<std::unique_ptr<FoldedRun>> runs;
  std::size_t actors = 0;
  std::size_t classes = 0;
  for (std::uint64_t seed = 0; runs.size() < 30; ++seed) {
    try {
      runs.push_back(std::make_unique<FoldedRun>(random_training_run(seed)));
      if (!runs.back()->folds()) {
        runs.pop_back();
        continue;
      }
    } catch (const InputError&) {
      continue;  // not every plan is legal
    }
    actors += runs.back()->folding().actors();
    classes += runs.back()->folding().classes();
  }
  EXPECT_LT(classes, actors * 4 / 5) << "the draws hardly fold";
  expect_equal_runs(runs);
}

TEST(Folding, ChangesNothingOfCollectives) {
  std::vector<std::unique_ptr<FoldedRun>> runs;
  std::size_t actors = 0;
  std::size_t classes = 0;
  for (std::uint64_t seed = 0; runs.size() < 150; ++seed) {
    try {
      runs.push_back(std::make_unique<FoldedRun>(random_collective_run(seed)));
      if (!runs.back()->folds()) {
        runs.pop_back();
        continue;
      }
    } catch (const InputError&) {
      continue;  // not every algorithm does everything everywhere
    }
    actors += runs.back()->folding().actors();
    classes += runs.back()->folding().classes();
  }
  EXPECT_LT(classes, actors * 4 / 5) << "the draws hardly fold";
  expect_equal_runs(runs);
}

}  // namespace
}  // namespace lockstep::sim
