// Conditions on what replicas exchange, and on what happens once a step.
#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"
#include "validation/situation.hpp"
#include "validation/training/step_changes.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

using Sentence = std::optional<std::string>;
using workloads::LayerCosts;
using workloads::StepCosts;

// What a device of equal stages holds, as a form has it.
HeldBytes shard_of_form(const TrainingSituation& at) {
  const FirstOrderCase& form = *at.first_order_case();
  const FirstOrderWork work = work_of(form);
  const auto of = [&](Precision precision) {
    return workloads::GradientBytes{.dense = work.dense_parameters * bytes_of(precision),
                                    .experts = work.expert_parameters * bytes_of(precision)};
  };
  return {.weights = of(form.precision), .gradients = of(form.gradients)};
}
Sentence other_shards(const TrainingSituation& at, const TrainingForm&) {
  if (at.plan().gradient_ranks() == 1) return std::nullopt;
  const HeldBytes form = shard_of_form(at);
  const HeldBytes here = held_bytes(at.costs());
  const double stages = at.plan().pipeline;
  const bool alike = same(here.gradients.dense.si(), stages * form.gradients.dense.si()) &&
                     same(here.gradients.experts.si(), stages * form.gradients.experts.si());
  if (alike) return std::nullopt;
  const Bytes held = (here.gradients.dense + here.gradients.experts) / stages;
  const double more = held / (form.gradients.dense + form.gradients.experts) - 1;
  return "a device of the mean stage holds gradients of " + to_text(held) + ", " +
         shortest_text(std::round(std::abs(more) * 1e6) / 1e4) + (more < 0 ? " % less" : " % more") +
         " than P/(tensor · pipeline)";
}
double ratio(Bytes to, Bytes from) {
  return from > Bytes(0) ? to / from : 1;
}
void grant_equal_shards(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  const HeldBytes form = shard_of_form(at);
  const double stages = at.plan().pipeline;
  change_costs(subject, [form, stages](StepCosts& costs, const CostSources&) {
    const HeldBytes here = held_bytes(costs);
    const auto scale = [stages](workloads::GradientBytes& bytes, const workloads::GradientBytes& to,
                                const workloads::GradientBytes& from) {
      bytes.dense *= ratio(stages * to.dense, from.dense);
      bytes.experts *= ratio(stages * to.experts, from.experts);
    };
    for (LayerCosts& layer : costs.layers) {
      scale(layer.weights, form.weights, here.weights);
      scale(layer.gradients, form.gradients, here.gradients);
    }
  });
}

Sentence hybrid_sharding(const TrainingSituation& at, const TrainingForm&) {
  const workloads::ParallelPlan& plan = at.plan();
  if (plan.zero == 0 || plan.sharding_ranks() == plan.gradient_ranks()) return std::nullopt;
  return "ZeRO shards among " + std::to_string(plan.sharding_ranks()) + " of " + std::to_string(plan.gradient_ranks()) +
         " replicas";
}
void grant_whole_sharding(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.spec.execution.plan.shard_ranks.reset();
}

Sentence other_buckets(const TrainingSituation& at, const TrainingForm&) {
  const workloads::ParallelPlan& plan = at.plan();
  const workloads::OverlapSpec& overlap = at.spec().overlap;
  const bool gathers = overlap.parameters && plan.zero > 0;
  if (plan.gradient_ranks() == 1 || plan.zero == 3 || !(overlap.gradients || gathers)) return std::nullopt;
  const HeldBytes held = held_bytes(at.costs());
  const double buckets = std::max(1.0, std::ceil((held.gradients.dense + held.gradients.experts) / at.spec().buckets));
  return "gradients travel in about " + shortest_text(std::round(buckets / plan.pipeline)) +
         " buckets a device, ready as layers are done; " + "the form has " + shortest_text(at.first_order()->buckets) +
         ", of equal size and at equal intervals";
}
void grant_layer_buckets(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  subject.spec.buckets = Bytes(0);
  const auto of_each_chunk = static_cast<std::uint64_t>(at.first_order()->buckets) / at.plan().virtual_stages;
  change_costs(subject,
               [of_each_chunk](StepCosts& costs, const CostSources&) { gather_into_buckets(costs, of_each_chunk); });
}

Sentence other_prefetch(const TrainingSituation& at, const TrainingForm&) {
  const bool gathers = at.plan().zero == 3 && at.plan().sharding_ranks() > 1 && at.spec().overlap.parameters;
  if (!gathers || at.spec().prefetch == 1) return std::nullopt;
  return "weights are gathered " + std::to_string(at.spec().prefetch) + " layers ahead";
}
void grant_one_layer_ahead(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.spec.prefetch = 1;
}

Sentence late_scatters(const TrainingSituation& at, const TrainingForm&) {
  const workloads::ParallelPlan& plan = at.plan();
  if (plan.zero < 2 || plan.pipeline == 1 || !at.spec().overlap.gradients) return std::nullopt;
  const FirstOrderStep& step = *at.first_order();
  const Seconds each = step.gradients_in_full / step.microbatches;
  // Backward passes follow each other without forward passes between them at the end of an interleaved step, and
  // throughout GPipe's.
  const bool alternates = at.first_order_case()->order == PipelineOrder::one_forward_one_backward;
  const Seconds pass = alternates ? step.forward_pass + step.backward_pass : step.backward_pass;
  if (each <= pass) return std::nullopt;
  return "scattering the gradients of a microbatch takes " + to_text(each) + ", longer than the " + to_text(pass) +
         " until those of the next are there";
}

Sentence other_gradients(const TrainingSituation& at, const TrainingForm& form) {
  const Seconds stated = form.parts(at).gradients;
  const std::uint64_t replicas = at.plan().gradient_ranks();
  if (replicas == 1 && stated == Seconds(0)) return std::nullopt;
  const HeldBytes held = held_bytes(at.costs());
  return "a device of the mean stage sums " +
         to_text((held.gradients.dense + held.gradients.experts) / at.plan().pipeline) + " of gradients over " +
         std::to_string(replicas) + " replicas, " + (at.spec().overlap.gradients ? "beside" : "after") +
         " its backward passes" + (at.plan().zero > 0 ? ", and ZeRO gathers weights" : "") + "; the form adds " +
         to_text(stated) + " at the end";
}
void grant_stated_gradients(TrainingCase& subject, const TrainingSituation& at, const TrainingForm& form) {
  change_costs(subject, [stated = form.parts(at).gradients](StepCosts& costs, const CostSources&) {
    for (LayerCosts& layer : costs.layers) layer.weights = layer.gradients = {};
    for (Seconds& update : costs.optimizer) update += stated;
  });
  subject.variant += form.id;
}

Sentence summed_norm(const TrainingSituation& at, const TrainingForm&) {
  if (!at.spec().gradient_norm || at.plan().ranks() == 1) return std::nullopt;
  return "all " + std::to_string(at.plan().ranks()) +
         " ranks sum one number before the optimizer, and wait for each other";
}
void grant_no_norm(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.spec.gradient_norm = false;
}

Sentence summed_embedding(const TrainingSituation& at, const TrainingForm&) {
  if (!(at.costs().tied_embedding > Bytes(0))) return std::nullopt;
  return "first and last stage sum " + to_text(at.costs().tied_embedding) +
         " of gradients of the embedding that they share";
}
void grant_no_embedding_sum(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  change_costs(subject, [](StepCosts& costs, const CostSources&) { costs.tied_embedding = Bytes(0); });
}

}  // namespace

const TrainingAssumption equal_shards = {"equal_shards",
                                         "Every device holds an equal part of the parameters: P/(tensor · pipeline).",
                                         other_shards, grant_equal_shards};
const TrainingAssumption whole_sharding = {"whole_sharding", "ZeRO shards among all replicas.", hybrid_sharding,
                                           grant_whole_sharding};
const TrainingAssumption layer_buckets = {
    "layer_buckets", "Gradients travel in equal buckets of whole layers, ready at equal intervals.", other_buckets,
    grant_layer_buckets};
const TrainingAssumption one_layer_ahead = {"one_layer_ahead", "ZeRO-3 gathers weights one layer ahead.",
                                            other_prefetch, grant_one_layer_ahead};
const TrainingAssumption scatters_keep_up = {
    "scatters_keep_up",
    "In a pipeline, the gradients of a microbatch are scattered before those of the next are there.", late_scatters,
    nullptr};
const TrainingAssumption stated_gradients = {
    "stated_gradients", "Gradients take what the form says, after the last backward pass of every stage.",
    other_gradients, grant_stated_gradients};
const TrainingAssumption no_norm = {"no_norm", "Ranks do not wait for the norm of all gradients.", summed_norm,
                                    grant_no_norm};
const TrainingAssumption no_embedding_sum = {"no_embedding_sum", "Tied embeddings need no sum.", summed_embedding,
                                             grant_no_embedding_sum};

}  // namespace lockstep::validation
