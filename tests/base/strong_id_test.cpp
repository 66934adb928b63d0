#include "base/strong_id.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace lockstep {
namespace {

using AppleId = StrongId<struct AppleTag>;
using PearId = StrongId<struct PearTag>;

static_assert(!std::is_convertible_v<AppleId, PearId> && !std::is_constructible_v<AppleId, PearId>);
static_assert(!std::is_convertible_v<std::size_t, AppleId> && !std::is_convertible_v<AppleId, std::size_t>);
static_assert(sizeof(AppleId) == 4);

TEST(StrongId, OrdersByIndexAndStartsAtZero) {
  EXPECT_EQ(AppleId(), AppleId(0));
  EXPECT_LT(AppleId(1), AppleId(2));
  EXPECT_EQ(AppleId(UINT32_MAX).value(), UINT32_MAX);
}

TEST(StrongId, HashesForUnorderedContainers) {
  const std::unordered_set<AppleId> ids = {AppleId(3), AppleId(3), AppleId(4)};
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_TRUE(ids.contains(AppleId(4)));
}

#ifdef LOCKSTEP_CONTRACTS
TEST(StrongId, RefusesAnIndexThatDoesNotFit) {
  EXPECT_THROW(AppleId(std::size_t{UINT32_MAX} + 1), ContractViolation);
}
#endif

}  // namespace
}  // namespace lockstep
