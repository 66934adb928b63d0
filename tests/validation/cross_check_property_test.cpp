#include <cmath>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/validation/random_cases.hpp"

namespace lockstep::validation {
namespace {

TEST(CrossCheckProperty, Explore) {
  std::map<std::string, std::pair<int, int>> applied;
  const char* count = getenv("CASES");
  for (std::uint64_t seed = 0; seed < (count ? std::stoull(count) : 200); ++seed) {
    const CollectiveCase subject = RandomCases(seed).draw();
    CrossCheck checked;
    try {
      checked = cross_check(subject, run);
    } catch (const SimulationError& error) {
      std::cerr << "DEADLOCK " << seed << " " << described(subject) << "\n";
      continue;
    } catch (const InputError& error) {
      std::cerr << "INPUT " << described(subject) << " " << error.what() << "\n";
      continue;
    }
    for (const FormCheck& check : checked.forms) {
      auto& count = applied[std::string(check.form->id)];
      ++count.first;
      if (check.applies) ++count.second;
      if (check.applies && !check.holds) {
        std::cerr << "OFF " << seed << " " << check.form->id << " " << described(subject) << ": " << check.relative_difference << "\n";
      }
      if (check.form->kind == ClosedForm::Kind::exact && check.broken_assumptions.size() == 1) {
        const auto& broken = check.broken_assumptions.front();
        const double wrong = (checked.simulated - check.prediction.time - broken.cost).si() / checked.simulated.si();
        if (std::abs(wrong) > 1e-9) std::cerr << "UNEXPLAINED " << seed << " " << check.form->id << " " << described(subject) << ": " << broken.assumption << " " << broken.explanation << " cost " << broken.cost.si() << " of " << (checked.simulated - check.prediction.time).si() << "\n";
      }
    }
  }
  for (const auto& [id, count] : applied) std::cerr << id << " " << count.first << " " << count.second << "\n";
}

}  // namespace
}  // namespace lockstep::validation
