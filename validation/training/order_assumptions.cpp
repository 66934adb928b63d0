// Conditions on the order in which stages work, and on what they hand on.
#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "validation/situation.hpp"
#include "validation/training/training_form.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::validation {
namespace {

using Sentence = std::optional<std::string>;

constexpr std::array known_schedules = {"1f1b", "gpipe", "interleaved_1f1b"};

Sentence other_order(const TrainingSituation& at, const TrainingForm&) {
  const std::string& name = at.spec().schedule;
  const bool is_known = std::find(known_schedules.begin(), known_schedules.end(), name) != known_schedules.end();
  if (at.plan().pipeline == 1 || is_known) return std::nullopt;
  return "stages follow " + (name.empty() ? "the schedule of " + at.spec().schedule_file : name) + ", the form knows " +
         (at.plan().virtual_stages > 1 ? "interleaved 1F1B" : "1F1B") + " in its place";
}
void grant_known_order(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  workloads::ParallelPlan& plan = subject.spec.execution.plan;
  const std::string name = plan.virtual_stages > 1 ? "interleaved_1f1b" : "1f1b";
  const workloads::ScheduleShape shape{.stages = plan.pipeline,
                                       .microbatches = static_cast<std::uint32_t>(at.microbatches()),
                                       .virtual_stages = plan.virtual_stages};
  try {
    subject.schedule = std::make_shared<const workloads::Schedule>(workloads::make_schedule(name, shape));
  } catch (const InputError&) {
    return;  // what is left shows as the remainder
  }
  subject.spec.schedule = name;
  plan.route = workloads::ChunkRoute::round_and_round;
}

Sentence broken_rounds(const TrainingSituation& at, const TrainingForm&) {
  const workloads::ParallelPlan& plan = at.plan();
  if (plan.virtual_stages == 1 || at.microbatches() % plan.pipeline == 0) return std::nullopt;
  return std::to_string(at.microbatches()) + " microbatches do not divide by " + std::to_string(plan.pipeline) +
         " stages";
}

Sentence long_hops(const TrainingSituation& at, const TrainingForm&) {
  const workloads::ParallelPlan& plan = at.plan();
  if (plan.virtual_stages == 1 || plan.pipeline == 1) return std::nullopt;
  const FirstOrderStep& step = *at.first_order();
  const Seconds shortest = std::min(step.forward_pass, step.backward_pass) / plan.virtual_stages;
  if (step.hop <= shortest * (1 + 1e-12)) return std::nullopt;
  return "a hop takes " + to_text(step.hop) + ", longer than a chunk, " + to_text(shortest);
}

std::string hop_text(const TrainingSituation& at) {
  const Bytes bytes = at.costs().hop.value_or(Bytes(0));
  const Hockney& cost = at.links().pipeline.slowest;
  return "a hop hands on " + to_text(bytes) + " in up to " + to_text(cost.alpha + bytes * cost.beta);
}

// Messages that take equally long for themselves, none of them longer than what is computed meanwhile.
bool hops_are_fixed(const TrainingSituation& at) {
  const FirstOrderStep& step = *at.first_order();
  const Bytes bytes = *at.costs().hop;
  const auto takes_as_long = [&](const Hockney& cost) {
    return same((cost.alpha + bytes * cost.beta).si(), step.hop.si());
  };
  const GroupCost& cost = at.links().pipeline;
  return takes_as_long(cost.fastest) && takes_as_long(cost.slowest) &&
         step.hop <= std::min(step.forward_pass, step.backward_pass) / at.plan().virtual_stages;
}

Sentence variable_hops(const TrainingSituation& at, const TrainingForm&) {
  if (at.plan().pipeline == 1 || !at.costs().hop || hops_are_fixed(at)) return std::nullopt;
  return hop_text(at) + ", the form has each take " + to_text(at.first_order()->hop) + " at any time";
}
void grant_fixed_hops(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  change_costs(subject, [hop = at.first_order()->hop](workloads::StepCosts& costs, const CostSources&) {
    costs.hop.reset();
    costs.hop_delay = hop;
  });
}

Sentence costly_hops(const TrainingSituation& at, const TrainingForm&) {
  if (at.plan().pipeline == 1) return std::nullopt;
  return hop_text(at);
}
void grant_free_hops(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  change_costs(subject, [](workloads::StepCosts& costs, const CostSources&) {
    costs.hop.reset();
    costs.hop_delay = Seconds(0);
  });
}

// (P-1)/(VM) of what a device computes.
Seconds real_bubble(const TrainingSituation& at, Seconds work) {
  const workloads::ParallelPlan& plan = at.plan();
  return (plan.pipeline - 1.0) / (plan.virtual_stages * static_cast<double>(at.microbatches())) * work;
}

Sentence other_bubble(const TrainingSituation& at, const TrainingForm& form) {
  if (at.plan().pipeline == 1) return std::nullopt;
  const StepParts parts = form.parts(at);
  const double stages = at.plan().pipeline;
  const double chunks = at.plan().virtual_stages * static_cast<double>(at.microbatches());
  const Seconds added = (stages - 1) / (chunks + stages - 1) * parts.compute;
  return "the form adds (P-1)/(VM+P-1) of what it computes, " + to_text(added) +
         ", which is the idle share of the whole; of the work, communication included, it is (P-1)/(VM), here " +
         to_text(real_bubble(at, parts.compute + parts.tensor + parts.expert));
}
Sentence missing_bubble(const TrainingSituation& at, const TrainingForm& form) {
  if (at.plan().pipeline == 1) return std::nullopt;
  const StepParts parts = form.parts(at);
  return "stages wait for each other when the pipeline fills and drains, (P-1)/(VM) of their work, here " +
         to_text(real_bubble(at, parts.compute + parts.tensor)) + "; the form adds a hop each way for every stage";
}

}  // namespace

const TrainingAssumption known_order = {
    "known_order", "Stages work in the order of 1F1B, or of GPipe or interleaved 1F1B where that is asked for.",
    other_order, grant_known_order};
const TrainingAssumption rounds_of_microbatches = {"rounds_of_microbatches",
                                                   "Where stages interleave chunks, microbatches divide by the stages.",
                                                   broken_rounds, nullptr};
const TrainingAssumption short_hops = {
    "short_hops", "Where stages interleave chunks, no hop takes longer than a chunk.", long_hops, nullptr};
const TrainingAssumption fixed_hops = {"fixed_hops",
                                       "A hop between stages takes a fixed time, of activations cut among the tensor "
                                       "ranks.",
                                       variable_hops, grant_fixed_hops};
const TrainingAssumption free_hops = {"free_hops", "What a stage hands on is there at once.", costly_hops,
                                      grant_free_hops};
const TrainingAssumption bubble_rule = {"bubble_rule",
                                        "A pipeline adds (P-1)/(VM+P-1) of the computing time, and communication is "
                                        "no part of a stage's work.",
                                        other_bubble, nullptr};
const TrainingAssumption no_bubble = {"no_bubble", "A pipeline costs a hop each way for every stage, and no idle time.",
                                      missing_bubble, nullptr};

}  // namespace lockstep::validation
