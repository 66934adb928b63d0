#pragma once

#include "base/quantity.hpp"
#include "validation/order_statistics/order_forms.hpp"

// What n workers put through under protocols that wait for all, for some, or for nobody. Dutta et al. 2018, "Slow and
// stale gradients can win the race". Communication and updates take no time.
namespace lockstep::validation {

// S11, gradients a second. Absent where there is no form without more knowledge of the law, or no mean.
struct ProtocolRates {
  std::optional<Frequency> sync;           // n/E[X_(n:n)]
  std::optional<Frequency> k_sync;         // k/E[X_(k:n)]
  std::optional<Frequency> k_batch_sync;   // of exponential times nμ
  std::optional<Frequency> k_async;        // of exponential times as k_sync
  std::optional<Frequency> k_batch_async;  // n/E[X], of any law
  std::optional<Frequency> async;          // n/E[X], of any law
};
ProtocolRates protocol_rates(const Distribution& law, const OrderRank& rank);
// Nothing has been learned about such a time by having waited for it, which several forms take.
bool is_exponential(const Distribution& law);

// S12: a fraction f of n workers is s times as slow for ever. Sync and any bounded staleness go at the pace of the
// slowest, n/(st); async at the sum of all paces, n((1-f)+f/s)/t; the ratio is s(1-f)+f.
struct PersistentStragglers {
  double fraction = 0;
  double factor = 1;
};
struct PersistentRates {
  Frequency sync;
  Frequency async;
  double ratio = 1;
};
PersistentRates persistent_rates(std::uint32_t n, Seconds step, const PersistentStragglers& stragglers);

// Transient stragglers, S08: async over sync is E[X_(n:n)]/E[X].
double transient_ratio(std::uint32_t n, const TransientStragglers& stragglers);

// S17: E[max_i Erlang(H)], what a barrier after every H exponential steps takes a round.
Seconds local_steps_round(std::uint32_t n, std::uint32_t steps, Seconds mean);

// Z05, shares of what a training run costs. Waiting wastes 1-E[X]/E[max]; async saves 1-(1+stale)E[X]/E[max], where
// stale gradients cost a share more samples; sharding saves what no longer is computed again and the bubble, less its
// exchanges. Sharding saves more iff its saving is larger: no theorem.
struct WastedShares {
  double waiting = 0;
  double saved_by_async = 0;
  double saved_by_sharding = 0;
};
struct ShardingShares {
  double recomputation = 0;  // of the step that is spent computing activations again
  double bubble = 0;
  double exchanges = 0;  // that sharding adds
};
WastedShares wasted_shares(double expected, double expected_maximum, double stale_share,
                           const ShardingShares& sharding);

}  // namespace lockstep::validation
