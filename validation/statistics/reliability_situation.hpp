#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "validation/reliability/failures.hpp"
#include "validation/solvers/reliability.hpp"
#include "validation/statistics/sampled_form.hpp"

// A training run of hours with checkpoints, failures and restarts: what its closed forms take and assume.
namespace lockstep::validation {

// What was sampled.
enum class ReliabilityQuantity : std::uint8_t {
  segment,        // from one checkpoint to the next, all attempts included
  job,            // the whole run
  first_failure,  // of a fleet whose parts are all new
  enough_nodes    // how long enough nodes were up within a time
};

struct ReliabilitySituation {
  ReliabilityQuantity quantity = ReliabilityQuantity::job;
  CheckpointPolicy policy = {};  // mtbf of the fleet, blocking write, restart, downtime
  Seconds work = {};             // between two checkpoints
  double segments = 1;           // of the whole run
  Restart restart = Restart::may_fail;

  std::vector<Parts> parts = {};    // of the fleet, for the first failure
  std::string law = "exponential";  // of lives, by its name in scenarios
  double shape = 1;                 // of Weibull lives

  std::optional<SparePool> pool = {};  // of the nodes of `enough_nodes`, within `duration`
  Seconds repair = {};
  Seconds duration = {};
  bool is_repaired = true;

  std::optional<std::string> hidden_writes = {};       // why a write is not simply added, with figures
  std::optional<std::string> varying_segments = {};    // why segments do not take equally long, with figures
  std::optional<std::string> dependent_failures = {};  // why failures come together, with figures
  std::optional<std::string> other_restarts = {};      // why a failure costs another time than D + R, with figures
};

using ReliabilityAssumption = SampledAssumption<ReliabilitySituation>;
using ReliabilityForm = SampledForm<ReliabilitySituation>;
std::span<const ReliabilityForm> reliability_forms();

// What wiring calls: every form of R that speaks of it, held against the mean of what was sampled.
std::vector<FormCheck> check_reliability(const ReliabilitySituation& situation, const SampledMean& sample);

// The conditions that they name.
extern const ReliabilityAssumption exponential_lives;
extern const ReliabilityAssumption independent_failures;
extern const ReliabilityAssumption blocking_writes;
extern const ReliabilityAssumption equal_segments;
extern const ReliabilityAssumption whole_segments;
extern const ReliabilityAssumption fixed_restarts;
extern const ReliabilityAssumption long_duration;

}  // namespace lockstep::validation
