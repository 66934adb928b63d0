#include "validation/training/persistent_step.hpp"

namespace lockstep::validation {
namespace {

std::optional<std::string> stages_that_catch_up(const workloads::ParallelPlan& plan) {
  if (plan.pipeline == 1) return std::nullopt;
  return "there are " + std::to_string(plan.pipeline) +
         " stages, of which others wait anyway for what a slow one takes longer (P05)";
}

// Sharded weights are gathered ahead, gradients reduced behind.
std::optional<std::string> hidden_exchange(const workloads::TrainingSpec& spec) {
  const workloads::ParallelPlan& plan = spec.execution.plan;
  std::string what;
  const auto add = [&](bool is_hidden, const char* name) {
    if (is_hidden) what += (what.empty() ? "" : " and ") + std::string(name);
  };
  add(spec.overlap.gradients && plan.gradient_ranks() > 1, "gradients");
  add(spec.overlap.parameters && plan.zero > 0 && plan.gradient_ranks() > 1, "parameters");
  add(spec.overlap.tensor && plan.tensor > 1, "tensor traffic");
  add(plan.context > 1, "attention's ring");
  if (what.empty()) return std::nullopt;
  return what + " travel while devices compute, and a slow one has more time to hide them in";
}

std::optional<std::string> besides(const sim::Scenario& scenario, const LastingSlowness& slowness) {
  std::string others;
  for (const std::string& name : scenario.perturbations().names()) {
    if (!slowness.perturbations.contains(name)) others += (others.empty() ? "'" : ", '") + name + "'";
  }
  if (others.empty()) return std::nullopt;
  return others + " disturbs the run, too";
}

}  // namespace

std::optional<StragglerSituation> persistent_situation(const TrainingCase& subject, const sim::Scenario& scenario,
                                                       const StepShares& undisturbed) {
  const LastingSlowness slowness = lasting_slowness(scenario, Concern::devices);
  const std::uint32_t slow = slowness.slow_ones(subject.members);
  if (slow == 0) return std::nullopt;
  const auto devices = static_cast<std::uint32_t>(subject.members.size());
  return StragglerSituation{.rank = {.k = devices, .n = devices},
                            .compute = undisturbed.compute,
                            .exchange = undisturbed.step - undisturbed.compute,
                            .persistent = PersistentStragglers{.fraction = double(slow) / devices,
                                                               .factor = 1 / slowness.least_speed(subject.members)},
                            .unequal_workers = stages_that_catch_up(subject.spec.execution.plan),
                            .overlapping_exchange = hidden_exchange(subject.spec),
                            .other_perturbations = besides(scenario, slowness)};
}

}  // namespace lockstep::validation
