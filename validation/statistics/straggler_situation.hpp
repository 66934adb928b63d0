#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/distribution.hpp"
#include "validation/order_statistics/order_forms.hpp"
#include "validation/order_statistics/throughputs.hpp"
#include "validation/statistics/sampled_form.hpp"

// Workers whose computations take random times, under a protocol that waits for some of them.
namespace lockstep::validation {

// Dutta et al. 2018. `sync` waits for all; k_… wait for k gradients of different workers, k_batch_… of any; …_sync
// cancels the others, …_async lets them go on.
enum class WaitingProtocol : std::uint8_t { sync, k_sync, k_batch_sync, k_async, k_batch_async, async };

// How often a worker's factor is drawn: for every computation, or once a run.
enum class DrawnEach : std::uint8_t { computation, run };

// What was sampled: the time from one update of the weights to the next.
struct StragglerSituation {
  OrderRank rank = {};  // k of n workers are waited for; sync: n of n
  WaitingProtocol protocol = WaitingProtocol::sync;
  Seconds compute = {};                             // of a worker, between two updates, undisturbed
  Distribution factor = Distribution::constant(1);  // that it takes instead
  std::string law = "constant";                     // the factor's, by its name in scenarios
  DrawnEach each = DrawnEach::computation;
  double correlation = 0;                                // of a worker's factors, one computation with the next
  std::uint64_t draws_per_update = 1;                    // computations of a worker between two updates
  std::uint64_t local_steps = 1;                         // draws that stand for steps of their own: local SGD
  Seconds exchange = {};                                 // after the last worker that is waited for
  std::optional<std::uint64_t> updates = {};             // of a run without waiting, which begins all at once
  std::optional<PersistentStragglers> persistent = {};   // besides, for ever
  std::optional<Seconds> step_of_means = {};             // simulated, every computation taking its mean time
  std::optional<std::string> unequal_workers = {};       // why workers are not alike, with figures
  std::optional<std::string> overlapping_exchange = {};  // why the exchange is not simply added, with figures
  std::optional<std::string> other_perturbations = {};   // what else disturbs
};

using StragglerAssumption = SampledAssumption<StragglerSituation>;
using StragglerForm = SampledForm<StragglerSituation>;
std::span<const StragglerForm> straggler_forms();

// What wiring calls: every form of S that speaks of it, held against the mean time between updates.
std::vector<FormCheck> check_stragglers(const StragglerSituation& situation, const SampledMean& update_time);

// The conditions that they name.
extern const StragglerAssumption alike_workers;
extern const StragglerAssumption one_draw_a_step;
extern const StragglerAssumption independent_steps;
extern const StragglerAssumption exposed_exchange;
extern const StragglerAssumption free_exchange;
extern const StragglerAssumption nothing_else_random;
extern const StragglerAssumption long_run;
extern const StragglerAssumption finite_variance;
extern const StragglerAssumption memoryless;
extern const StragglerAssumption whole_stragglers;

}  // namespace lockstep::validation
