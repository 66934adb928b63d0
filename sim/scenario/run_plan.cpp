#include "sim/scenario/run_plan.hpp"

#include <nlohmann/json.hpp>

namespace lockstep::sim {

RunPlan read_run_plan(const JsonFields& run) {
  constexpr std::int64_t most_steps = 1'000'000'000;
  constexpr std::int64_t most_replicas = 1'000'000;
  RunPlan plan;
  plan.steps = static_cast<std::uint64_t>(run.count_or("steps", 1, 1, most_steps));
  plan.replicas = static_cast<std::uint32_t>(run.count_or("replicas", 1, 1, most_replicas));
  plan.seed = static_cast<std::uint64_t>(run.count_or("seed", 0, 0, INT64_MAX));
  plan.precision = run.maybe<double>("precision");
  if (plan.precision && !(*plan.precision > 0 && *plan.precision < 1)) {
    run.fail("precision", "is a share of the mean, between 0 and 1",
             "\"precision\": 0.01 knows the mean time to 1 %, with 95 % confidence");
  }
  if (plan.precision && plan.replicas == 1) {
    run.fail("precision", "one run has no mean", "state how many there may be, as in \"replicas\": 1000");
  }
  run.reject_unknown();
  return plan;
}

Json as_json(const RunPlan& plan) {
  Json json = {{"steps", plan.steps}, {"replicas", plan.replicas}, {"seed", plan.seed}};
  if (plan.precision) json["precision"] = *plan.precision;
  return json;
}

}  // namespace lockstep::sim
