// Conditions on what ranks exchange.
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
using workloads::LayerItem;
using workloads::Purpose;
using workloads::StepCosts;

struct NamedAlgorithm {
  const char* of;
  const char* assumed;
  std::string workloads::CollectiveChoices::*choice;
};
constexpr NamedAlgorithm assumed_algorithms[] = {{"gradients", "ring", &workloads::CollectiveChoices::gradients},
                                                 {"parameters", "ring", &workloads::CollectiveChoices::parameters},
                                                 {"tensor", "ring", &workloads::CollectiveChoices::tensor},
                                                 {"expert", "pairwise", &workloads::CollectiveChoices::expert}};

bool is_used(const TrainingSituation& at, const NamedAlgorithm& one) {
  const workloads::ParallelPlan& plan = at.plan();
  const std::string_view of = one.of;
  if (of == "tensor") return plan.tensor > 1;
  if (of == "expert") return plan.expert > 1;
  return plan.gradient_ranks() > 1 && (of == "gradients" || plan.zero > 0);
}

Sentence other_algorithms(const TrainingSituation& at, const TrainingForm&) {
  std::string text;
  for (const NamedAlgorithm& one : assumed_algorithms) {
    const std::string& choice = at.spec().collectives.*one.choice;
    if (!is_used(at, one) || choice == one.assumed) continue;
    text += (text.empty() ? "" : ", ") + std::string(one.of) + " by " + choice;
  }
  if (text.empty()) return std::nullopt;
  return text;
}
void grant_rings(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  for (const NamedAlgorithm& one : assumed_algorithms) subject.spec.collectives.*one.choice = one.assumed;
}

Sentence unlike_groups(const TrainingSituation& at, const TrainingForm&) {
  const TrainingSituation::Links& links = at.links();
  const std::pair<const char*, const GroupCost*> kinds[] = {{"tensor", &links.tensor},
                                                            {"context", &links.context},
                                                            {"expert", &links.expert},
                                                            {"data", &links.data},
                                                            {"expert data", &links.expert_data}};
  for (const auto& [name, cost] : kinds) {
    const bool alike = same(cost->slowest.alpha.si(), cost->fastest.alpha.si()) &&
                       same(cost->slowest.beta.si(), cost->fastest.beta.si());
    if (alike) continue;
    return "some " + std::string(name) + " groups have " + to_text(1.0 / cost->fastest.beta) +
           " on their slowest hop, others " + to_text(1.0 / cost->slowest.beta);
  }
  return std::nullopt;
}

Sentence hidden_tensor(const TrainingSituation& at, const TrainingForm&) {
  if (!at.spec().overlap.tensor || at.plan().tensor == 1) return std::nullopt;
  return "collectives of tensor ranks run beside the products that they feed";
}
void grant_blocking_tensor(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.spec.overlap.tensor = false;
}

bool has_parallel_blocks(const TrainingSituation& at) {
  const auto* model = std::get_if<workloads::TransformerModel>(&at.spec().model);
  return model != nullptr && model->order == workloads::BlockOrder::parallel && at.plan().tensor > 1;
}
Sentence other_tensor_traffic(const TrainingSituation& at, const TrainingForm&) {
  if (!has_parallel_blocks(at)) return std::nullopt;
  return "attention and MLP run side by side, so that a layer has two all-reduces instead of four";
}
void grant_tensor_traffic(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  change_costs(subject, [](StepCosts& costs, const CostSources&) {
    for (LayerCosts& layer : costs.layers) {
      const std::vector<LayerItem> items = layer.items;
      for (const LayerItem& item : items) {
        if (item.purpose == Purpose::tensor) layer.items.push_back(item);
      }
    }
  });
}

Bytes hop_of_form(const TrainingSituation& at) {
  const ModelFigures& model = at.model();
  const double shared = static_cast<double>(model.kv_heads.value_or(model.heads.value_or(1))) / model.heads.value_or(1);
  return 2 * shared * work_of(*at.first_order_case()).activations / at.plan().tensor;
}
Bytes hop_of(const StepCosts& costs) {
  for (const LayerCosts& layer : costs.layers) {
    for (const LayerItem& item : layer.items) {
      if (item.purpose == Purpose::context) return item.hop;
    }
  }
  return Bytes(0);
}
Sentence other_context_traffic(const TrainingSituation& at, const TrainingForm&) {
  if (at.plan().context == 1) return std::nullopt;
  const Bytes here = hop_of(at.costs());
  if (same(here.si(), hop_of_form(at).si())) return std::nullopt;
  return "a context rank hands on " + to_text(here) + " of keys and values at a time, the form has " +
         to_text(hop_of_form(at));
}
void grant_context_traffic(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  change_costs(subject, [hop = hop_of_form(at)](StepCosts& costs, const CostSources&) {
    for (LayerCosts& layer : costs.layers) {
      for (LayerItem& item : layer.items) {
        if (item.purpose == Purpose::context) item.hop = hop;
      }
    }
  });
}

Sentence context_ring(const TrainingSituation& at, const TrainingForm&) {
  if (at.plan().context == 1) return std::nullopt;
  return "keys and values go round " + std::to_string(at.plan().context) + " context ranks";
}
void grant_no_context(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  change_costs(subject, [](StepCosts& costs, const CostSources&) {
    for (LayerCosts& layer : costs.layers) {
      for (LayerItem& item : layer.items) {
        if (item.purpose == Purpose::context) item.purpose = Purpose::compute;
      }
    }
  });
}

// What a device does in a step, by calls of one purpose: their number, and the bytes of the largest.
struct Calls {
  double number = 0;
  Bytes largest = {};
};
Calls calls_of(const TrainingSituation& at, Purpose purpose) {
  Calls calls;
  const StepCosts& costs = at.costs();
  const double share = static_cast<double>(at.microbatches()) / at.plan().pipeline;
  for (const std::vector<std::uint32_t>& chunk : costs.chunks) {
    for (const std::uint32_t kind : chunk) {
      for (const LayerItem& item : costs.layers[kind].items) {
        if (item.purpose != purpose) continue;
        for (const auto* call : {&item.forward, &item.backward}) {
          if (!*call) continue;
          const bool twice = call == &item.forward && costs.layers[kind].runs_twice;
          calls.number += share * (twice ? 2 : 1);
          calls.largest = std::max(calls.largest, (*call)->bytes);
        }
      }
    }
  }
  return calls;
}
std::string calls_text(const Calls& calls, const char* what, Seconds stated) {
  return "a device takes part in " + shortest_text(calls.number) + " " + what + " of " + to_text(calls.largest) +
         " in a step, the form says " + to_text(stated) + " for all of them";
}
void fix_stated_calls(TrainingCase& subject, const TrainingSituation& at, Purpose purpose, Seconds stated) {
  const Seconds of_microbatch = stated * at.plan().pipeline / static_cast<double>(at.microbatches());
  change_costs(subject, [purpose, of_microbatch](StepCosts& costs, const CostSources&) {
    fix_calls(costs, purpose, of_microbatch);
  });
}

Sentence other_tensor_time(const TrainingSituation& at, const TrainingForm& form) {
  if (at.plan().tensor == 1) return std::nullopt;
  const char* what = at.plan().sequence_parallel ? "all-gathers and reduce-scatters" : "all-reduces";
  return calls_text(calls_of(at, Purpose::tensor), what, form.parts(at).tensor);
}
void grant_stated_tensor(TrainingCase& subject, const TrainingSituation& at, const TrainingForm& form) {
  fix_stated_calls(subject, at, Purpose::tensor, form.parts(at).tensor);
  subject.variant += form.id;
}
Sentence other_expert_time(const TrainingSituation& at, const TrainingForm& form) {
  if (at.plan().expert == 1) return std::nullopt;
  return calls_text(calls_of(at, Purpose::expert), "all-to-alls", form.parts(at).expert);
}
void grant_stated_experts(TrainingCase& subject, const TrainingSituation& at, const TrainingForm& form) {
  fix_stated_calls(subject, at, Purpose::expert, form.parts(at).expert);
  subject.variant += form.id;
}

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

Sentence contention(const TrainingSituation& at, const TrainingForm&) {
  if (at.subject().engine.network == "contention_free" || at.plan().ranks() == 1) return std::nullopt;
  const auto crowd = at.crowd();
  if (crowd.is_known && !crowd.worst) return std::nullopt;
  if (!crowd.is_known) return "collectives and hops share links (network " + at.subject().engine.network + ")";
  const topology::Fleet& fleet = *at.subject().fleet;
  return "link " + fleet.channel_name(crowd.worst->channel) + " carries " + std::to_string(crowd.worst->messages) +
         " messages at once that want " + shortest_text(crowd.worst->excess) + " times its " +
         to_text(fleet.channel(crowd.worst->channel).bandwidth);
}
void grant_nobody_contends(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.engine.network = "contention_free";
}

}  // namespace

const TrainingAssumption rings = {"rings", "Collectives are rings, and experts exchange tokens pair by pair.",
                                  other_algorithms, grant_rings};
const TrainingAssumption alike_groups = {"alike_groups", "All groups of a kind have the same links.", unlike_groups,
                                         nullptr};
const TrainingAssumption blocking_tensor = {"blocking_tensor", "Nothing hides the collectives of tensor ranks.",
                                            hidden_tensor, grant_blocking_tensor};
const TrainingAssumption tensor_traffic = {"tensor_traffic", "A layer has four all-reduces of its activations.",
                                           other_tensor_traffic, grant_tensor_traffic};
const TrainingAssumption context_traffic = {
    "context_traffic", "Context ranks hand on keys and values as wide as the model, shared by heads.",
    other_context_traffic, grant_context_traffic};
const TrainingAssumption no_context = {"no_context", "Attention needs no keys and values of other ranks.", context_ring,
                                       grant_no_context};
const TrainingAssumption stated_tensor = {"stated_tensor", "Tensor ranks wait for each other as long as the form says.",
                                          other_tensor_time, grant_stated_tensor};
const TrainingAssumption stated_experts = {"stated_experts",
                                           "Expert ranks wait for each other as long as the form says.",
                                           other_expert_time, grant_stated_experts};
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
const TrainingAssumption nobody_contends = {"nobody_contends", "Every message has its links for itself.", contention,
                                            grant_nobody_contends};

}  // namespace lockstep::validation
