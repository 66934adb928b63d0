// Worked values of S11, S12, S17 and Z05 with the figures of an independent implementation, and what must hold besides.
#include "validation/order_statistics/throughputs.hpp"

#include <gtest/gtest.h>

#include "tests/validation/order_statistics/laws.hpp"

namespace lockstep::validation {
namespace {

void expect_rates(const OrderRank& rank, double rate, double sync, double k_sync, double all) {
  const ProtocolRates rates = protocol_rates(law_of("exponential", {{"rate", rate}}), rank);
  EXPECT_NEAR(rates.sync->si(), sync, 1e-12 * sync);
  EXPECT_NEAR(rates.k_sync->si(), k_sync, 1e-12 * k_sync);
  EXPECT_NEAR(rates.k_async->si(), k_sync, 1e-12 * k_sync);
  EXPECT_NEAR(rates.k_batch_sync->si(), all, 1e-12 * all);
  EXPECT_NEAR(rates.k_batch_async->si(), all, 1e-12 * all);
  EXPECT_NEAR(rates.async->si(), all, 1e-12 * all);
}

TEST(Throughputs, S11GradientsASecond) {
  expect_rates({.k = 4, .n = 8}, 1, 2.9434954007884366, 6.303939962476548, 8);
  expect_rates({.k = 8, .n = 32}, 0.5, 3.9423478973169233, 14.157436900844331, 16);
  expect_rates({.k = 32, .n = 64}, 10, 134.91035375624966, 466.8835770916336, 640);
}

TEST(Throughputs, ALawIsExponentialWhateverItIsCalled) {
  EXPECT_TRUE(is_exponential(law_of("exponential", {{"mean", 3}})));
  EXPECT_TRUE(is_exponential(law_of("weibull", {{"scale", 3}, {"shape", 1}})));
  EXPECT_TRUE(is_exponential(law_of("shifted_exponential", {{"shift", 0}, {"mean", 3}})));
  EXPECT_FALSE(is_exponential(law_of("weibull", {{"scale", 3}, {"shape", 1.0001}})));
  EXPECT_FALSE(is_exponential(law_of("shifted_exponential", {{"shift", 1e-6}, {"mean", 3}})));
  EXPECT_FALSE(is_exponential(law_of("constant", {{"value", 3}})));
}

TEST(Throughputs, S11SaysNothingOfOtherLawsWhereItTakesMemorylessness) {
  const ProtocolRates rates =
      protocol_rates(law_of("shifted_exponential", {{"shift", 1}, {"mean", 1}}), {.k = 4, .n = 8});
  EXPECT_FALSE(rates.k_async);
  EXPECT_FALSE(rates.k_batch_sync);
  EXPECT_NEAR(4 / rates.k_sync->si(), 1 + (1.0 / 5 + 1.0 / 6 + 1.0 / 7 + 1.0 / 8), 1e-12);
}

void expect_persistent(std::uint32_t n, const PersistentStragglers& stragglers, double sync, double async,
                       double ratio) {
  const PersistentRates rates = persistent_rates(n, Seconds(1), stragglers);
  EXPECT_NEAR(rates.sync.si(), sync, 1e-12 * sync);
  EXPECT_NEAR(rates.async.si(), async, 1e-12 * async);
  EXPECT_NEAR(rates.ratio, ratio, 1e-12 * ratio);
}

TEST(Throughputs, S12PersistentStragglers) {
  expect_persistent(100, {.fraction = 0.05, .factor = 2}, 50, 97.5, 1.95);
  expect_persistent(8, {.fraction = 0.25, .factor = 2}, 4, 7, 1.75);
  expect_persistent(40, {.fraction = 0.05, .factor = 1.25}, 32, 39.6, 1.2375);
}

TEST(Throughputs, S12TransientStragglersCostLessThanPersistentOnes) {
  EXPECT_NEAR(transient_ratio(64, {.probability = 0.05, .factor = 2}), 1.9624758607888841 / 1.05, 1e-12);
  EXPECT_LT(transient_ratio(64, {.probability = 0.05, .factor = 2}),
            persistent_rates(64, Seconds(1), {.fraction = 0.05, .factor = 2}).ratio);
}

TEST(Throughputs, S17BarrierAfterSeveralSteps) {
  const auto expect = [](std::uint32_t n, std::uint32_t steps, double rate, double expected) {
    EXPECT_NEAR(local_steps_round(n, steps, Seconds(1 / rate)).si(), expected, 1e-9 * expected);
  };
  expect(8, 1, 1, 2.7178571428571447);
  expect(64, 32, 2, 23.404420513130702);
  expect(4, 5, 0.5, 14.855120776566082);
}

TEST(Throughputs, S17OfManyStepsIsTheMeanStep) {
  EXPECT_NEAR(local_steps_round(16, 1'000'000, Seconds(1)).si() / 1e6, 1, 2e-3);
}

struct Shares {
  std::uint32_t n;
  TransientStragglers stragglers;
  double cost;
  ShardingShares sharding;
  double stale;
  double waste, async, zero;
};

TEST(Throughputs, Z05WhatWaitingWastesAndWhatSavesIt) {
  for (const Shares& at :
       {Shares{64, {0.05, 2}, 1e6, {0.25, 0.1, 0.05}, 0.2, 464961.57176786027, 357953.8861214323, 299999.99999999994},
        Shares{256, {0.01, 3}, 2e6, {0, 0.2, 0.1}, 0.3, 1283549.3887553292, 1068614.2053819275, 199999.99999999994},
        Shares{100, {0.002, 4}, 1e6, {0.1, 0, 0}, 0.05, 348571.9939560178, 316000.5936538186, 99999.99999999997}}) {
    const double expected = 1 + (at.stragglers.factor - 1) * at.stragglers.probability;
    const double maximum = straggled_order({.k = at.n, .n = at.n}, at.stragglers);
    const WastedShares shares = wasted_shares(expected, maximum, at.stale, at.sharding);
    EXPECT_NEAR(at.cost * shares.waiting, at.waste, 1e-9 * at.waste);
    EXPECT_NEAR(at.cost * shares.saved_by_async, at.async, 1e-9 * at.async);
    EXPECT_NEAR(at.cost * shares.saved_by_sharding, at.zero, 1e-9 * at.zero);
  }
}

}  // namespace
}  // namespace lockstep::validation
