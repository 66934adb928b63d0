#include "base/error.hpp"
#include "validation/solvers/mlsysim/distributed.hpp"
#include "validation/solvers/searcher.hpp"
#include "validation/training/training_form.hpp"
#include "workloads/costs/model_flops.hpp"

namespace lockstep::validation {
namespace {

std::optional<Prediction> first_order_step(const TrainingSituation& at) {
  if (!at.first_order()) return std::nullopt;
  return Prediction{.time = at.first_order()->step};
}

Precision precision_of(workloads::Precision precision) {
  constexpr Precision by_name[] = {Precision::bf16, Precision::fp16, Precision::fp32, Precision::fp8};
  return by_name[static_cast<std::size_t>(precision)];
}

// As mlsysim is asked about such a job; nothing where it refuses.
std::optional<mlsysim::DistributedStep> distributed_step(const TrainingSituation& at, mlsysim::Revision revision) {
  mlsysim::DistributedCase job{.model = at.model(), .fleet = at.figures(), .revision = revision};
  const workloads::Execution& execution = at.spec().execution;
  job.precision = precision_of(execution.precision);
  job.efficiency = at.efficiency();
  job.batch_size = static_cast<std::uint32_t>(at.spec().global_batch);
  job.tp_size = at.plan().tensor;
  job.pp_size = at.plan().pipeline;
  job.ep_size = at.plan().expert;
  job.v_stages = at.plan().virtual_stages;
  job.microbatch_count = static_cast<std::uint32_t>(at.microbatches());
  job.seq_len = static_cast<std::uint32_t>(execution.sequence_length);
  job.zero_stage = at.plan().zero;
  job.activation_recomputation = execution.recompute != workloads::Recompute::none;
  job.overlap_comm = at.spec().overlap.gradients;
  if (!(job.fleet.device.memory_bandwidth > Bandwidth(0))) return std::nullopt;
  try {
    return mlsysim::solve_distributed(job);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

template <mlsysim::Revision revision>
std::optional<Prediction> predict_distributed(const TrainingSituation& at) {
  const auto step = distributed_step(at, revision);
  if (!step) return std::nullopt;
  return Prediction{.time = step->step};
}
template <mlsysim::Revision revision>
StepParts parts_of_distributed(const TrainingSituation& at) {
  const mlsysim::DistributedStep step = distributed_step(at, revision).value();
  const double exposed = at.spec().overlap.gradients ? 1 - mlsysim::DistributedCase{}.overlap_efficiency : 1;
  return {.compute = step.node.latency, .tensor = step.tensor, .expert = step.expert, .gradients = exposed * step.data};
}

// As the searcher is asked about such a job: all flops of the step, all gradients, all that tensor ranks sum.
SearcherCost cost_of_search(const TrainingSituation& at) {
  constexpr double mega = 1e6, giga = 1e9, tera = 1e12;
  const workloads::Execution& execution = at.spec().execution;
  const double sequences = static_cast<double>(at.spec().global_batch);
  const double width = at.model().hidden_dim.value_or(0);
  const double activations = workloads::element_bytes(execution.precision) * execution.tokens() * width;
  const double all_reduces = 4 * static_cast<double>(at.layers()) * static_cast<double>(at.microbatches());
  const Flops forward = workloads::model_flops(at.spec().model, execution.sequence_length, at.spec().flops).forward();
  SearcherCase job{.data = static_cast<std::uint32_t>(at.plan().gradient_ranks()),
                   .tensor = at.plan().tensor,
                   .stages = at.plan().pipeline};
  job.forward_tflop = sequences * forward.si() / tera;
  job.device_gflops = at.rates().compute.si() / giga;
  job.gradients_mb = at.model().parameters * execution.gradient_bytes / mega;
  job.tensor_mb = all_reduces * activations / mega;
  job.largest_activation_mb = activations / mega;
  job.devices_per_node = at.figures().devices_per_node;
  job.inside_gb_per_s = at.figures().inside.bandwidth.si() / giga;
  job.between_gb_per_s = at.figures().fabric.bandwidth().si() / giga;
  return searcher_cost(job);
}
Seconds milliseconds(double number) {
  return Seconds(number / 1000);
}
std::optional<Prediction> predict_search(const TrainingSituation& at) {
  if (!(at.figures().inside.bandwidth > Bandwidth(0))) return std::nullopt;
  return Prediction{.time = milliseconds(cost_of_search(at).total_ms())};
}
StepParts parts_of_search(const TrainingSituation& at) {
  const SearcherCost cost = cost_of_search(at);
  return {.compute = milliseconds(cost.compute_ms),
          .tensor = milliseconds(cost.tensor_ms),
          .gradients = milliseconds(cost.data_ms)};
}

std::vector<TrainingForm> make_table() {
  const std::vector<const TrainingAssumption*> of_mlsysim = {
      &equal_devices,  &equal_layers,     &known_order,         &balanced_experts,
      &stated_compute, &free_update,      &undisturbed_compute, &stated_tensor,
      &stated_experts, &no_context,       &stated_gradients,    &free_hops,
      &no_norm,        &no_embedding_sum, &nobody_contends,     &bubble_rule};
  std::vector<const TrainingAssumption*> of_searcher = of_mlsysim;
  of_searcher.back() = &no_bubble;
  return {
      {.id = "first_order",
       .title = "equal stages, nobody contends",
       .formula = "(M+(P-1)/V)(F+B) + exposed transfers, gradients and weights",
       .source = "D01 to D14, P01 to P11; Narayanan et al. 2021",
       .assumptions = {&equal_devices,    &equal_layers,
                       &flat_efficiency,  &flops_of_parameters,
                       &balanced_experts, &undisturbed_compute,
                       &known_order,      &rings,
                       &blocking_tensor,  &tensor_traffic,
                       &context_traffic,  &equal_shards,
                       &whole_sharding,   &layer_buckets,
                       &one_layer_ahead,  &fixed_hops,
                       &free_update,      &no_norm,
                       &no_embedding_sum, &nobody_contends,
                       &alike_groups,     &rounds_of_microbatches,
                       &short_hops,       &scatters_keep_up},
       .predict = first_order_step},
      {.id = "distributed",
       .title = "mlsysim as it is",
       .formula = "T + T_dp + T_tp + T_ep + T(P-1)/(VM+P-1)",
       .source = "mlsysim 25b627c5 (harvard-edge/cs249r_book)",
       .assumptions = of_mlsysim,
       .predict = predict_distributed<mlsysim::Revision::current>,
       .parts = parts_of_distributed<mlsysim::Revision::current>},
      {.id = "distributed_march2026",
       .title = "mlsysim of March 2026",
       .formula = "T + T_dp + T_tp + T_ep + T(P-1)/(VM+P-1)",
       .source = "mlsysim 289e0182 (harvard-edge/cs249r_book)",
       .assumptions = of_mlsysim,
       .predict = predict_distributed<mlsysim::Revision::march2026>,
       .parts = parts_of_distributed<mlsysim::Revision::march2026>},
      {.id = "searcher",
       .title = "a student's plan search",
       .formula = "T_compute + T_dp + T_tp + 2(P-1) T_hop",
       .source = "Z03",
       .assumptions = of_searcher,
       .predict = predict_search,
       .parts = parts_of_search},
  };
}

}  // namespace

std::span<const TrainingForm> training_forms() {
  static const std::vector<TrainingForm> table = make_table();
  return table;
}

}  // namespace lockstep::validation
