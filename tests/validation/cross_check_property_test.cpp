// Random collectives on random fleets: wherever a closed form says that it applies, the simulation agrees.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/validation/random_cases.hpp"

namespace lockstep::validation {
namespace {

constexpr std::uint64_t cases_each = 120;

// Each number draws cases of its own.
class CrossCheckProperty : public ::testing::TestWithParam<std::uint64_t> {};

// Messages that all have equal links keep step, and then may meet where they did not before.
bool may_uncover_contention(const CollectiveCase& subject, const BrokenAssumption& broken) {
  if (subject.engine.network != "fluid") return false;
  return broken.assumption != "uncontended" && broken.assumption != "nonblocking_fabric";
}

void expect_agreement(const CollectiveCase& subject, const CrossCheck& checked) {
  for (const FormCheck& check : checked.forms) {
    EXPECT_TRUE(check.holds || !check.applies)
        << check.form.id << " says " << check.prediction.time.si() << " s, the simulation " << checked.simulated.si()
        << " s (" << check.relative_difference << "): " << described(subject);
    if (check.form.kind == FormKind::bound || check.broken_assumptions.size() != 1) continue;
    const BrokenAssumption& broken = check.broken_assumptions.front();
    if (may_uncover_contention(subject, broken)) continue;
    EXPECT_NEAR((checked.simulated - broken.cost).si(), check.prediction.time.si(), 1e-9 * checked.simulated.si())
        << check.form.id << ", " << broken.assumption << ": " << described(subject);
  }
}

TEST_P(CrossCheckProperty, FormsThatApplyHoldAndASingleBrokenAssumptionExplainsTheDifference) {
  for (std::uint64_t i = 0; i < cases_each; ++i) {
    const CollectiveCase subject = RandomCases(GetParam() * cases_each + i).draw();
    expect_agreement(subject, cross_check(subject, run));
  }
}

INSTANTIATE_TEST_SUITE_P(Draws, CrossCheckProperty, ::testing::Range<std::uint64_t>(0, 20));

}  // namespace
}  // namespace lockstep::validation
