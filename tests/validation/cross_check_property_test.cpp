// Random collectives on random fleets: wherever a closed form says that it applies, the simulation agrees.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "tests/validation/random_cases.hpp"
#include "validation/closed_forms/assumptions.hpp"

namespace lockstep::validation {
namespace {

constexpr std::uint64_t cases_each = 120;

// Each number draws cases of its own.
class CrossCheckProperty : public ::testing::TestWithParam<std::uint64_t> {};

// Messages that all have equal links keep step, and then may meet where they did not before; on another network, links
// are shared that were not.
bool may_uncover_contention(const CollectiveCase& subject, const FormText& form, const BrokenAssumption& broken) {
  if (broken.assumption == "port_model") {
    const auto forms = closed_forms();
    const auto is_form = [&](const ClosedForm& other) { return other.id == form.id && other.title == form.title; };
    return std::find_if(forms.begin(), forms.end(), is_form)->port_models.front() == PortModel::fluid;
  }
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
    if (may_uncover_contention(subject, check.form, broken)) continue;
    EXPECT_NEAR((checked.simulated - broken.cost).si(), check.prediction.time.si(), 1e-9 * checked.simulated.si())
        << check.form.id << ", " << broken.assumption << ": " << described(subject);
  }
}

bool holds_all(const ClosedForm& form, const Situation& situation) {
  return !port_model.violation(situation, form) &&
         std::all_of(form.assumptions.begin(), form.assumptions.end(),
                     [&](const Assumption* assumption) { return !assumption->violation(situation, form); });
}

TEST_P(CrossCheckProperty, FormsThatApplyHoldAndASingleBrokenAssumptionExplainsTheDifference) {
  for (std::uint64_t i = 0; i < cases_each; ++i) {
    const CollectiveCase subject = RandomCases(GetParam() * cases_each + i).draw();
    expect_agreement(subject, cross_check(subject, run));
  }
}

// Otherwise the agreement above would say little. C21 and C27 need fleets that are not drawn (contention_test.cpp).
TEST(CrossCheckCoverage, NearlyEveryFormAppliesToSomeOfTheDraws) {
  const std::set<std::string> missing = {"C21", "C27", "C30", "C31", "C33"};
  std::set<std::string> applied;
  for (std::uint64_t seed = 0; seed < 20 * cases_each; ++seed) {
    const CollectiveCase subject = RandomCases(seed).draw();
    const Situation situation(subject);
    for (const ClosedForm& form : closed_forms()) {
      if (!speaks_of(form, situation) || !form.predict(situation)) continue;
      if (holds_all(form, situation)) applied.emplace(form.id);
    }
  }
  for (const ClosedForm& form : closed_forms()) {
    const std::string id(form.id);
    EXPECT_TRUE(applied.contains(id) || missing.contains(id)) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(Draws, CrossCheckProperty, ::testing::Range<std::uint64_t>(0, 20));

}  // namespace
}  // namespace lockstep::validation
