#pragma once

#include <cstdint>
#include <optional>

#include "base/json_fields.hpp"
#include "base/quantity.hpp"

namespace lockstep::sim {

// What a scenario says under "run": how many steps, and how often all of it is run with other draws.
struct RunPlan {
  std::uint64_t steps = 1;
  std::uint32_t replicas = 1;
  // Replicas end early when the mean time is known as well as this: half of its 95 % interval, as a share of it.
  std::optional<double> precision = {};
  std::uint64_t seed = 0;
  // Steps are done until then instead, however many that are.
  std::optional<Seconds> duration = {};
  // Of a long run whose steps are all different, so many are simulated, and the others drawn from them.
  std::uint32_t sampled_steps = 32;
  // Each step is simulated, also where it has to go just like the one before.
  bool every_step = false;

  // Steps are simulated once for all of a kind, instead of one by one.
  bool is_long() const;
};

RunPlan read_run_plan(const JsonFields& run);
Json as_json(const RunPlan& plan);

}  // namespace lockstep::sim
