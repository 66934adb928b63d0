#include "sim/scenario/run_plan.hpp"

#include <nlohmann/json.hpp>

#include "base/unit_text.hpp"

namespace lockstep::sim {

bool RunPlan::is_long() const {
  constexpr std::uint64_t most_simulated = 1000;
  return duration || (steps > most_simulated && !every_step);
}

RunPlan read_run_plan(const JsonFields& run) {
  constexpr std::int64_t most_steps = 1'000'000'000;
  constexpr std::uint64_t most_one_by_one = 1'000'000;
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
  plan.duration = run.maybe<Seconds>("duration");
  if (plan.duration && run.has("steps")) {
    run.fail("duration", "a run ends after so many \"steps\", or after a \"duration\", not both");
  }
  if (plan.duration && !(*plan.duration > Seconds(0))) run.fail("duration", "must be longer than 0 s");
  plan.sampled_steps = static_cast<std::uint32_t>(run.count_or("sampled_steps", plan.sampled_steps, 1, 1'000'000));
  plan.every_step = run.value_or<bool>("every_step", false);
  if (plan.every_step && plan.steps > most_one_by_one) {
    run.fail("every_step", "at most " + std::to_string(most_one_by_one) + " steps are simulated one by one",
             "without it, steps that are alike are simulated once");
  }
  return plan;
}

Json as_json(const RunPlan& plan) {
  Json json = {{"steps", plan.steps}, {"replicas", plan.replicas}, {"seed", plan.seed}};
  if (plan.precision) json["precision"] = *plan.precision;
  if (plan.duration) {
    json.erase("steps");
    json["duration"] = to_exact_text(*plan.duration);
  }
  if (plan.is_long()) json["sampled_steps"] = plan.sampled_steps;
  if (plan.steps > 1 && !plan.is_long()) json["every_step"] = plan.every_step;
  return json;
}

}  // namespace lockstep::sim
