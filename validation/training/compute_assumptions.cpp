// Conditions on what devices compute.
#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"
#include "validation/situation.hpp"
#include "validation/training/step_changes.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

using Sentence = std::optional<std::string>;
using workloads::PassTimes;
using workloads::StepCosts;

std::string percent(double share) {
  return shortest_text(std::round(share * 1e4) / 1e2) + " %";
}

bool same(Seconds a, Seconds b) {
  return validation::same(a.si(), b.si());
}

workloads::DeviceRates rates_of(const TrainingSituation& at, topology::VertexId device) {
  const topology::Fleet& fleet = *at.subject().fleet;
  return workloads::rates_of(fleet.device_models()[fleet.vertex(device).model.value()], "");
}

Sentence unequal_devices(const TrainingSituation& at, const TrainingForm&) {
  for (const topology::VertexId device : at.subject().members) {
    const workloads::DeviceRates rates = rates_of(at, device);
    if (rates.compute == at.rates().compute && rates.memory == at.rates().memory) continue;
    return "device " + at.subject().fleet->vertex(device).name + " computes " + to_text(rates.compute) + ", device " +
           at.subject().fleet->vertex(at.subject().members.front()).name + " " + to_text(at.rates().compute);
  }
  return std::nullopt;
}
void grant_equal_devices(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  subject.costs = [before = std::move(subject.costs), rates = at.rates()](
                      const workloads::TrainingSpec& spec, const workloads::DeviceRates&, double expert_load) {
    return before(spec, rates, expert_load);
  };
}

Seconds executed(const StepCosts& costs, std::uint32_t chunk) {
  StepCosts one = costs;
  one.chunks = {costs.chunks[chunk]};
  return sums_of(one).executed();
}

Sentence unequal_layers(const TrainingSituation& at, const TrainingForm&) {
  const StepCosts& costs = at.costs();
  std::vector<Seconds> times;
  for (std::uint32_t chunk = 0; chunk < costs.chunks.size(); ++chunk) times.push_back(executed(costs, chunk));
  const auto [least, most] = std::minmax_element(times.begin(), times.end());
  const std::string what = at.plan().virtual_stages > 1 ? "chunk " : "stage ";
  if (!same(*least, *most)) {
    return what + std::to_string(most - times.begin()) + " computes " + to_text(*most) + " for a microbatch, " + what +
           std::to_string(least - times.begin()) + " " + to_text(*least);
  }
  for (const std::vector<std::uint32_t>& chunk : costs.chunks) {
    for (const std::uint32_t kind : chunk) {
      if (kind == chunk.front()) continue;
      return "embedding, head or other layers stand beside those that are alike";
    }
  }
  return std::nullopt;
}
void grant_equal_layers(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  change_costs(subject, [](StepCosts& costs, const CostSources& sources) {
    spread_evenly(costs, sources.spec.execution.plan, sources.spec.model);
  });
}

Seconds flat_compute_of_device(const TrainingSituation& at) {
  const FlatJob flat = flat_job(at.spec(), at.rates(), at.efficiency());
  return static_cast<double>(at.microbatches()) * sums_of(at.subject().costs(flat.spec, flat.rates, 1)).executed() /
         at.plan().pipeline;
}

Sentence uneven_efficiency(const TrainingSituation& at, const TrainingForm&) {
  const Seconds flat = flat_compute_of_device(at);
  if (same(flat, at.compute_of_device())) return std::nullopt;
  return "with memory traffic, launches and what each kind of operator reaches, a device computes " +
         to_text(at.compute_of_device()) + " in a step, at " + percent(at.efficiency()) +
         " of its peak throughout it would be " + to_text(flat);
}
void grant_flat_efficiency(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  subject.costs = [before = std::move(subject.costs), efficiency = at.efficiency()](
                      const workloads::TrainingSpec& spec, const workloads::DeviceRates& rates, double expert_load) {
    const FlatJob flat = flat_job(spec, rates, efficiency);
    StepCosts costs = before(flat.spec, flat.rates, expert_load);
    // It waits for memory too, which another assumption grants.
    costs.optimizer = before(spec, rates, expert_load).optimizer;
    return costs;
  };
}

// What a form's flops take on all stages together, for one microbatch.
ComputeSums sums_of_form(const TrainingSituation& at) {
  const FirstOrderCase& form = *at.first_order_case();
  const FirstOrderWork work = work_of(form);
  const FlopRate rate = at.rates().compute * form.efficiency;
  const Seconds attention = at.plan().context > 1 ? work.attention / rate : Seconds(0);
  const double stages = form.pipeline;
  ComputeSums sums;
  sums.in_context.forward = stages * attention;
  sums.plain.forward = stages * (work.forward / rate - attention);
  for (ComputeSums::Passes* passes : {&sums.plain, &sums.in_context}) {
    passes->backward = 2 * passes->forward;
    if (form.recompute) passes->again = passes->forward;
  }
  return sums;
}

ComputeSums flat_sums(const TrainingSituation& at, const workloads::CostsOfRank& costs,
                      const workloads::TrainingSpec& spec, const workloads::DeviceRates& rates) {
  const FlatJob flat = flat_job(spec, rates, at.efficiency());
  return sums_of(costs(flat.spec, flat.rates, 1));
}

Sentence other_flops(const TrainingSituation& at, const TrainingForm&) {
  const ComputeSums form = sums_of_form(at);
  const ComputeSums here = flat_sums(at, at.subject().costs, at.spec(), at.rates());
  const auto alike = [](const ComputeSums::Passes& a, const ComputeSums::Passes& b) {
    return same(a.forward, b.forward) && same(a.backward, b.backward);
  };
  if (alike(form.plain, here.plain) && alike(form.in_context, here.in_context)) return std::nullopt;
  const double each = static_cast<double>(at.microbatches()) / at.plan().pipeline;
  return "counted operator by operator, the flops of a device take " + to_text(each * here.executed()) +
         " in a step, 2 for each parameter and token, attention and twice as many backward take " +
         to_text(each * form.executed());
}
double ratio(Seconds to, Seconds from) {
  return from > Seconds(0) ? to / from : 1;
}
PassFactors factors(const ComputeSums::Passes& to, const ComputeSums::Passes& from) {
  return {ratio(to.forward, from.forward), ratio(to.backward, from.backward)};
}
void grant_flops_of_parameters(TrainingCase& subject, const TrainingSituation& at, const TrainingForm&) {
  const ComputeSums form = sums_of_form(at);
  change_costs(subject, [&at, form](StepCosts& costs, const CostSources& sources) {
    const ComputeSums here = flat_sums(at, sources.costs, sources.spec, sources.rates);
    scale_compute(costs, factors(form.plain, here.plain), factors(form.in_context, here.in_context));
  });
}

Sentence unbalanced_experts(const TrainingSituation& at, const TrainingForm&) {
  const workloads::RoutingChoice& routing = at.spec().routing;
  if (routing.kind == workloads::RoutingKind::balanced || at.plan().expert <= 1) return std::nullopt;
  if (routing.kind == workloads::RoutingKind::random) return "tokens choose their experts at random";
  return "the busiest experts get " + shortest_text(routing.factor) + " times their share";
}
void grant_balanced_experts(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.spec.routing = {};
}

Sentence other_compute(const TrainingSituation& at, const TrainingForm& form) {
  const Seconds stated = form.parts(at).compute;
  if (same(stated, at.compute_of_device())) return std::nullopt;
  return "a device computes " + to_text(at.compute_of_device()) + " in this step, the form says " + to_text(stated);
}
void grant_stated_compute(TrainingCase& subject, const TrainingSituation& at, const TrainingForm& form) {
  const Seconds of_microbatch = form.parts(at).compute * at.plan().pipeline / static_cast<double>(at.microbatches());
  change_costs(subject, [of_microbatch](StepCosts& costs, const CostSources&) {
    const double factor = ratio(of_microbatch, sums_of(costs).executed());
    scale_compute(costs, {factor, factor}, {factor, factor});
  });
  subject.variant += form.id;
}

Sentence costly_update(const TrainingSituation& at, const TrainingForm&) {
  const auto& times = at.costs().optimizer;
  const auto most = std::max_element(times.begin(), times.end());
  if (most == times.end() || !(*most > Seconds(0))) return std::nullopt;
  return "the optimizer takes " + to_text(*most);
}
void grant_free_update(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  change_costs(subject, [](StepCosts& costs, const CostSources&) {
    std::fill(costs.optimizer.begin(), costs.optimizer.end(), Seconds(0));
  });
}

Sentence disturbed_compute(const TrainingSituation& at, const TrainingForm&) {
  if (at.spec().overlap.compute_slowdown == 1) return std::nullopt;
  return "computation is " + shortest_text(at.spec().overlap.compute_slowdown) +
         " times as slow while communication runs beside it";
}
void grant_undisturbed_compute(TrainingCase& subject, const TrainingSituation&, const TrainingForm&) {
  subject.spec.overlap.compute_slowdown = 1;
}

}  // namespace

const TrainingAssumption equal_devices = {"equal_devices", "All devices are equally fast.", unequal_devices,
                                          grant_equal_devices};
const TrainingAssumption equal_layers = {
    "equal_layers", "Stages have equal layers, among which embedding, head and prediction modules are spread evenly.",
    unequal_layers, grant_equal_layers};
const TrainingAssumption flat_efficiency = {
    "flat_efficiency", "Every operator reaches the same share of the peak; memory and launches cost nothing.",
    uneven_efficiency, grant_flat_efficiency};
const TrainingAssumption flops_of_parameters = {
    "flops_of_parameters", "Work is 2 flops a parameter and token, and attention; backward passes are twice as much.",
    other_flops, grant_flops_of_parameters};
const TrainingAssumption balanced_experts = {"balanced_experts", "Every expert gets as many tokens.",
                                             unbalanced_experts, grant_balanced_experts};
const TrainingAssumption stated_compute = {
    "stated_compute", "Every device computes as long as the form says, whatever the plan and the tokens.",
    other_compute, grant_stated_compute};
const TrainingAssumption free_update = {"free_update", "The optimizer takes no time.", costly_update,
                                        grant_free_update};
const TrainingAssumption undisturbed_compute = {"undisturbed_compute",
                                                "Communication beside computation does not slow it down.",
                                                disturbed_compute, grant_undisturbed_compute};

}  // namespace lockstep::validation
