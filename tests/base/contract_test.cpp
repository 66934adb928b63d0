#include "base/contract.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

TEST(Contract, ViolationNamesKindConditionAndPlace) {
  try {
    contract_violated("requirement", "count > 0", "base/thing.cpp", 12);
    FAIL() << "returned";
  } catch (const ContractViolation& violation) {
    EXPECT_STREQ(violation.what(), "broken requirement (count > 0) at base/thing.cpp:12");
  }
}

TEST(Contract, CostsNothingInReleaseAndThrowsWhereChecked) {
  int evaluations = 0;
  const auto holds = [&evaluations](bool answer) { return ++evaluations, answer; };
#ifdef LOCKSTEP_CONTRACTS
  LOCKSTEP_REQUIRE(holds(true));
  EXPECT_THROW(LOCKSTEP_REQUIRE(holds(false)), ContractViolation);
  EXPECT_THROW(LOCKSTEP_ENSURE(holds(false)), ContractViolation);
  EXPECT_EQ(evaluations, 3);
#else
  LOCKSTEP_REQUIRE(holds(false));
  LOCKSTEP_ENSURE(holds(false));
  EXPECT_EQ(evaluations, 0);
#endif
}

}  // namespace
}  // namespace lockstep
