// Conditions on what the ranks of one replica exchange, and on the links that all share.
#include <algorithm>

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

std::string crowd_text(const topology::Fleet& fleet, const Crowd& crowd) {
  return "link " + fleet.channel_name(crowd.channel) + " carries " + std::to_string(crowd.messages) +
         " messages at once that want " + shortest_text(crowd.excess) + " times its " +
         to_text(fleet.channel(crowd.channel).bandwidth);
}

// Messages that never meet in the step as asked may do so once another order, or other times, are granted.
const WatchedRun& crowd_of_granted(const TrainingSituation& at, const TrainingForm& form) {
  return at.crowd_with(form.id, [&](TrainingCase& subject) {
    for (const TrainingAssumption* one : form.assumptions) {
      if (one == &nobody_contends || one->grant == nullptr || !one->violation(at, form)) continue;
      one->grant(subject, at, form);
    }
  });
}

Sentence contention(const TrainingSituation& at, const TrainingForm& form) {
  if (at.subject().engine.network == "contention_free" || at.plan().ranks() == 1) return std::nullopt;
  const std::string shared = "collectives and hops share links (network " + at.subject().engine.network + ")";
  const topology::Fleet& fleet = *at.subject().fleet;
  const WatchedRun& asked = at.crowd();
  if (!asked.is_known) return shared;
  if (asked.worst) return crowd_text(fleet, *asked.worst);
  const WatchedRun& granted = crowd_of_granted(at, form);
  if (!granted.is_known) return "with the rest granted, " + shared;
  if (granted.worst) return "not as asked, but with the rest granted, " + crowd_text(fleet, *granted.worst);
  return std::nullopt;
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
const TrainingAssumption nobody_contends = {"nobody_contends", "Every message has its links for itself.", contention,
                                            grant_nobody_contends};

}  // namespace lockstep::validation
