#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/json_fields.hpp"
#include "sim/campaign/failure_cause.hpp"

namespace lockstep::sim {

// How much work lies between two checkpoints.
enum class IntervalRule : std::uint8_t {
  never,
  stated,
  young,    // √(2δM)
  daly,     // Daly's higher-order estimate
  exact,    // M(1 + W₀(-e^{-δ/M-1}))
  adaptive  // the exact optimum for as many failures as there have been up to now
};

// Copies in the memory of other nodes, beside those in storage (Wang et al.: Gemini, SOSP 2023).
struct MemoryCopies {
  Seconds interval;
  Seconds write;
  Seconds load;
};

// When the state of a job is saved, and what that costs.
struct CheckpointRule {
  IntervalRule interval = IntervalRule::never;
  Seconds stated = {};
  Seconds guess = {};                 // of the time between failures, before there were any; adaptive alone
  bool is_asynchronous = false;       // written while steps go on
  Seconds snapshot = {};              // what an asynchronous write stops the steps for
  double slowdown = 1;                // of steps beside a stated asynchronous write
  std::optional<Seconds> write = {};  // else what the fleet's storage takes for it
  std::optional<Seconds> load = {};   // else the same
  std::optional<Bytes> bytes = {};    // else what the workload says that it has to save
  std::optional<MemoryCopies> memory = {};
};

// A run of many steps, as far as the steps themselves do not say.
struct CampaignSpec {
  std::vector<FailureCause> causes = {};
  std::optional<CheckpointRule> checkpoint = {};
  std::optional<std::uint32_t> spares = {};          // nodes beside those of the job
  bool spares_age = false;                           // spare nodes fail too
  Seconds swap = {};                                 // until a spare node has taken over
  std::optional<std::uint32_t> least_replicas = {};  // the job goes on with so many, if it has to

  // Whether failures take nodes away, which depends on whether anything is said of what becomes of them.
  void settle_causes();
};

// Reads {"interval": "30 min", "write": "60 s", …}. Throws InputError.
CheckpointRule read_checkpoint_rule(const JsonFields& fields);

}  // namespace lockstep::sim
