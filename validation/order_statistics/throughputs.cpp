#include "validation/order_statistics/throughputs.hpp"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace lockstep::validation {
namespace {

std::optional<Frequency> rate(double gradients, const std::optional<OrderMoments>& time) {
  if (!time || !(time->mean > 0)) return std::nullopt;
  return Frequency(gradients / time->mean);
}

}  // namespace

ProtocolRates protocol_rates(const Distribution& law, const OrderRank& rank) {
  ProtocolRates rates;
  rates.sync = rate(rank.n, order_moments(law, {.k = rank.n, .n = rank.n}));
  rates.k_sync = rate(rank.k, order_moments(law, rank));
  if (law.mean() && *law.mean() > 0) rates.async = rates.k_batch_async = Frequency(rank.n / *law.mean());
  if (is_exponential(law)) {
    rates.k_async = rates.k_sync;
    rates.k_batch_sync = rates.async;
  }
  return rates;
}

bool is_exponential(const Distribution& law) {
  if (!law.mean() || !(*law.mean() > 0)) return false;
  constexpr double rounding = 1e-12;
  return std::ranges::all_of(std::array{0.99, 0.7, 0.3, 1e-2, 1e-5, 1e-12, 1e-30}, [&](double beyond) {
    return std::abs(law.upper_quantile(beyond) / (-*law.mean() * std::log(beyond)) - 1) <= rounding;
  });
}

PersistentRates persistent_rates(std::uint32_t n, Seconds step, const PersistentStragglers& stragglers) {
  const double fast = 1 - stragglers.fraction;
  return {.sync = n / (stragglers.factor * step),
          .async = n * (fast + stragglers.fraction / stragglers.factor) / step,
          .ratio = stragglers.factor * fast + stragglers.fraction};
}

double transient_ratio(std::uint32_t n, const TransientStragglers& stragglers) {
  return straggled_order({.k = n, .n = n}, stragglers) / (1 + (stragglers.factor - 1) * stragglers.probability);
}

Seconds local_steps_round(std::uint32_t n, std::uint32_t steps, Seconds mean) {
  const double shape = steps;
  const auto round = order_moments({.below = [=](double p) { return boost::math::gamma_p_inv(shape, p); },
                                    .above = [=](double q) { return boost::math::gamma_q_inv(shape, q); }},
                                   {.k = n, .n = n});
  return round->mean * mean;
}

WastedShares wasted_shares(double expected, double expected_maximum, double stale_share,
                           const ShardingShares& sharding) {
  const double useful = expected / expected_maximum;
  return {.waiting = 1 - useful,
          .saved_by_async = 1 - (1 + stale_share) * useful,
          .saved_by_sharding = sharding.recomputation + sharding.bubble - sharding.exchanges};
}

}  // namespace lockstep::validation
