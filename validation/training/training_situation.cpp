#include "validation/training/training_situation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/described_model.hpp"
#include "workloads/costs/chunks.hpp"

namespace lockstep::validation {
namespace {

using workloads::GroupKind;

Precision precision_of(workloads::Precision precision) {
  return precision == workloads::Precision::fp32 ? Precision::fp32 : Precision::bf16;
}

// Flops that attention needs, as the job counts them for MFU.
AttentionCount attention_of(const workloads::TrainingSpec& spec) {
  const auto* model = std::get_if<workloads::TransformerModel>(&spec.model);
  if (model == nullptr) return AttentionCount::none;
  const bool sees_all = model->attention.attending == workloads::Attending::everywhere;
  return sees_all || spec.flops == workloads::FlopConvention::full ? AttentionCount::full : AttentionCount::causal;
}

std::uint32_t narrow(std::uint64_t count) {
  return static_cast<std::uint32_t>(count);
}

WatchedRun watched_run(const TrainingCase& subject) {
  if (subject.engine.network != "fluid") return {};
  constexpr std::uint64_t most_operations = 200'000;
  const sim::Job job = job_of(subject);
  std::uint64_t operations = 0;
  for (std::uint32_t rank = 0; rank < subject.members.size(); ++rank) {
    operations += job.program->length(workloads::RankId(rank), workloads::StreamId(0));
  }
  if (operations > most_operations) return {};
  return {true, crowding_of(*subject.fleet, job, subject.engine.eager).worst};
}

}  // namespace

ComputeSums sums_of(const workloads::StepCosts& costs) {
  ComputeSums sums;
  for (const std::vector<std::uint32_t>& chunk : costs.chunks) {
    for (const std::uint32_t kind : chunk) {
      const workloads::LayerCosts& layer = costs.layers[kind];
      for (const workloads::LayerItem& item : layer.items) {
        ComputeSums::Passes& passes = item.purpose == workloads::Purpose::context ? sums.in_context : sums.plain;
        passes.forward += item.times.forward;
        passes.backward += item.times.backward_input + item.times.backward_weight;
        if (layer.runs_twice) {
          passes.again += item.times.forward;
        } else {
          passes.backward += item.times.recompute;
        }
      }
    }
  }
  return sums;
}

FlatJob flat_job(const workloads::TrainingSpec& spec, const workloads::DeviceRates& rates, double efficiency) {
  FlatJob flat{.spec = spec, .rates = rates};
  flat.spec.efficiency = workloads::EfficiencyModel::flat(efficiency);
  flat.rates.memory.reset();
  return flat;
}

TrainingSituation::TrainingSituation(const TrainingCase& subject)
    : subject_(&subject), layout_(plan()), model_(figures_of(spec().model)) {
  const topology::Vertex& device = subject.fleet->vertex(subject.members.front());
  rates_ = workloads::rates_of(subject.fleet->device_models()[device.model.value()], "fleet.device.compute");
  costs_ = subject.costs(spec(), rates_, 1);
  figures_ = subject.described ? *subject.described : measured_figures(*subject.fleet, subject.members);
  find_efficiency();
  measure_links();
  find_first_order();
}

// Kinds of operators may have efficiencies of their own; a form has one for all.
void TrainingSituation::find_efficiency() {
  Flops flops;
  Seconds time;
  Json stated = spec().efficiency.as_json();
  stated.erase("launch");
  const workloads::EfficiencyModel reached = workloads::read_efficiency(JsonFields(stated, ""), ".");
  workloads::DeviceRates rates = rates_;
  rates.memory.reset();
  for (std::uint32_t chunk = 0; chunk < plan().chunks(); ++chunk) {
    const workloads::PassWork work = workloads::work_of_chunk(spec().model, spec().execution, chunk);
    const workloads::PassTimes times = workloads::times_of_chunk(spec().model, spec().execution, chunk, rates, reached);
    flops += work.forward.flops;
    time += times.forward;
  }
  efficiency_ = time > Seconds(0) ? std::min(1.0, flops / (time * rates_.compute)) : 1;
}

void TrainingSituation::measure_links() {
  const workloads::Execution& execution = spec().execution;
  const double width = model_.hidden_dim.value_or(1);
  const Bytes activations(workloads::element_bytes(execution.precision) * execution.tokens() * width);
  const auto ring = [&](GroupKind kind, Bytes message) { return ring_cost(*subject_, layout_, kind, message); };
  const double shard = model_.parameters / plan().tensor / plan().pipeline * execution.gradient_bytes;
  const Bytes gradients(shard / static_cast<double>(plan().gradient_ranks()));
  links_ = {.tensor = ring(GroupKind::tensor, activations / plan().tensor),
            .context = ring(GroupKind::context, activations / plan().tensor),
            .expert = ring(GroupKind::expert, activations / plan().expert),
            .data = ring(GroupKind::data_context, gradients),
            .expert_data = ring(GroupKind::expert_data, gradients),
            .pipeline = hop_cost(*subject_, layout_, costs_.hop.value_or(activations))};
}

GroupLinks TrainingSituation::Links::slowest() const {
  return {tensor.slowest, context.slowest, expert.slowest, data.slowest, expert_data.slowest, pipeline.slowest};
}

const WatchedRun& TrainingSituation::crowd() const {
  return crowd_with("", [](TrainingCase&) {});
}

const WatchedRun& TrainingSituation::crowd_with(std::string_view name,
                                                const std::function<void(TrainingCase&)>& change) const {
  const auto known = crowds_.find(name);
  if (known != crowds_.end()) return known->second;
  TrainingCase changed = *subject_;
  change(changed);
  return crowds_.emplace(name, watched_run(changed)).first->second;
}

Seconds TrainingSituation::compute_of_device() const {
  return static_cast<double>(microbatches()) * sums_of(costs_).executed() / plan().pipeline;
}

std::uint64_t TrainingSituation::layers() const {
  if (const auto* model = std::get_if<workloads::TransformerModel>(&spec().model)) return model->layer_count();
  return std::get<workloads::SampledModel>(spec().model).layers;
}

void TrainingSituation::find_first_order() {
  FirstOrderCase form{.model = model_, .fleet = figures_, .links = links_.slowest()};
  form.fleet.device.peaks.fill(rates_.compute);
  const workloads::Execution& execution = spec().execution;
  form.precision = precision_of(execution.precision);
  form.gradients = execution.gradient_bytes == 4 ? Precision::fp32 : Precision::bf16;
  form.efficiency = efficiency_;
  form.global_batch = narrow(spec().global_batch);
  form.microbatch = narrow(execution.microbatch);
  form.seq_len = narrow(execution.sequence_length);
  form.data = plan().data;
  form.tensor = plan().tensor;
  form.pipeline = plan().pipeline;
  form.context = plan().context;
  form.expert = plan().expert;
  form.virtual_stages = plan().virtual_stages;
  if (spec().schedule == "gpipe") form.order = PipelineOrder::gpipe;
  if (plan().virtual_stages > 1) form.order = PipelineOrder::interleaved;
  form.zero = plan().zero;
  form.sequence_parallel = plan().sequence_parallel;
  form.recompute = execution.recompute == workloads::Recompute::full;
  form.overlap_gradients = spec().overlap.gradients;
  form.overlap_parameters = spec().overlap.parameters;
  form.bucket = spec().buckets;
  form.attention = attention_of(spec());
  form.exchange = ExpertAlgorithm::pairwise;
  if (const auto* model = std::get_if<workloads::TransformerModel>(&spec().model)) {
    form.moe_layers = narrow(model->expert_layer_count());
  }
  // A workload may leave devices of the fleet to others.
  form.fleet.nodes = narrow(plan().ranks());
  form.fleet.devices_per_node = 1;
  try {
    step_ = solve_first_order(form);
    first_order_ = form;
  } catch (const InputError&) {
    // It does not speak of such plans.
  }
}

}  // namespace lockstep::validation
