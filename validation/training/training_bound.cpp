#include "validation/training/training_bound.hpp"

#include <algorithm>
#include <set>

#include "validation/pipeline_bound.hpp"

namespace lockstep::validation {
namespace {

using workloads::GroupCall;
using workloads::LayerCosts;
using workloads::LayerItem;
using workloads::Operation;
using workloads::StepCosts;
using workloads::TimeTable;

// Of one chunk and microbatch, by what a pipeline's tasks are.
struct TaskTimes {
  Seconds forward = {};
  Seconds input = {};
  Seconds weight = {};
};

TaskTimes times_of_tasks(const StepCosts& costs, std::uint32_t chunk) {
  TaskTimes times;
  for (const std::uint32_t kind : costs.chunks[chunk]) {
    const LayerCosts& layer = costs.layers[kind];
    for (const LayerItem& item : layer.items) {
      times.forward += item.times.forward;
      times.input += item.times.backward_input + (layer.runs_twice ? item.times.forward : item.times.recompute);
      times.weight += item.times.backward_weight;
    }
  }
  return times;
}

// What the step costs on each model of device that takes part.
std::vector<StepCosts> costs_of_devices(const TrainingSituation& at) {
  const topology::Fleet& fleet = *at.subject().fleet;
  std::set<topology::DeviceModelId> models;
  for (const topology::VertexId device : at.subject().members) models.insert(fleet.vertex(device).model);
  std::vector<StepCosts> costs;
  for (const topology::DeviceModelId model : models) {
    const workloads::DeviceRates rates = workloads::rates_of(fleet.device_models()[model.value()], "");
    costs.push_back(at.subject().costs(at.spec(), rates, 1));
  }
  return costs;
}

// Computation alone, as a pipeline of its own, where each task is on the device that is best at it. Hops are left out,
// since they are more than their bytes' time only.
PipelineCase computation_of(const TrainingSituation& at) {
  const std::vector<StepCosts> costs = costs_of_devices(at);
  std::vector<Seconds> forward;
  std::vector<Seconds> backward;
  std::vector<Seconds> input;
  std::vector<Seconds> weight;
  const workloads::Schedule& schedule = *at.subject().schedule;
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    TaskTimes least = times_of_tasks(costs.front(), chunk % schedule.stages());
    for (const StepCosts& other : costs) {
      const TaskTimes times = times_of_tasks(other, chunk % schedule.stages());
      least = {std::min(least.forward, times.forward), std::min(least.input, times.input),
               std::min(least.weight, times.weight)};
    }
    forward.push_back(least.forward);
    backward.push_back(least.input + least.weight);
    input.push_back(least.input);
    weight.push_back(least.weight);
  }
  PipelineCase pipeline;
  pipeline.fleet = at.subject().fleet;
  pipeline.schedule = at.subject().schedule;
  pipeline.members.assign(at.plan().pipeline, at.subject().members.front());
  pipeline.times.forward = TimeTable(std::move(forward));
  pipeline.times.backward = TimeTable(std::move(backward));
  pipeline.times.input_gradient = TimeTable(std::move(input));
  pipeline.times.weight_gradient = TimeTable(std::move(weight));
  return pipeline;
}

// What a member sends at least, of any algorithm whose switches do not reduce (C35).
double least_share(Operation operation, double members) {
  return (operation == Operation::all_reduce ? 2 : 1) * (members - 1) / members;
}

Bytes bytes_of(const std::optional<GroupCall>& call, double members) {
  return call ? least_share(call->operation, members) * call->bytes : Bytes(0);
}

// Tokens that choose their experts at random may all choose to stay.
double members_of(const workloads::TrainingSpec& spec, workloads::Purpose purpose) {
  const workloads::ParallelPlan& plan = spec.execution.plan;
  if (purpose == workloads::Purpose::tensor) return plan.tensor;
  return spec.routing.kind == workloads::RoutingKind::random ? 1 : plan.expert;
}

// That a device of one stage sends for one microbatch.
Bytes sent_in_passes(const TrainingSituation& at, std::uint32_t stage) {
  const workloads::ParallelPlan& plan = at.plan();
  Bytes sum;
  for (const std::uint32_t chunk : workloads::chunks_of_stage(plan, stage)) {
    for (const std::uint32_t kind : at.costs().chunks[chunk]) {
      const LayerCosts& layer = at.costs().layers[kind];
      for (const LayerItem& item : layer.items) {
        const double members = members_of(at.spec(), item.purpose);
        const double forward = layer.runs_twice ? 2 : 1;
        sum += forward * bytes_of(item.forward, members) + bytes_of(item.backward, members);
        sum += (forward + 2) * (plan.context - 1.0) * item.hop;
      }
    }
  }
  return sum;
}

// Gradients, and weights where ZeRO shards something.
Bytes sent_by_replicas(const TrainingSituation& at, std::uint32_t stage) {
  const workloads::ParallelPlan& plan = at.plan();
  workloads::GradientBytes gradients;
  for (const std::uint32_t chunk : workloads::chunks_of_stage(plan, stage)) {
    for (const std::uint32_t kind : at.costs().chunks[chunk]) {
      gradients.dense += at.costs().layers[kind].gradients.dense;
      gradients.experts += at.costs().layers[kind].gradients.experts;
    }
  }
  // A scatter at least, whatever ZeRO gathers; both ways where it shards nothing.
  const auto share = [&](double replicas) {
    return least_share(plan.zero == 0 ? Operation::all_reduce : Operation::reduce_scatter, replicas);
  };
  return share(static_cast<double>(plan.gradient_ranks())) * gradients.dense +
         share(static_cast<double>(plan.expert_gradient_ranks())) * gradients.experts;
}

bool reduces_in_switches(const workloads::CollectiveChoices& choices) {
  const auto in_network = [](const std::string& name) {
    return name != "ring" && name != "tree" && name != "pairwise" && name != "direct" && name != "hierarchical" &&
           name != "recursive_doubling" && name != "halving_doubling" && name != "bucket" && name != "double_tree";
  };
  return in_network(choices.gradients) || in_network(choices.tensor);
}

std::optional<Seconds> port_bound(const TrainingSituation& at) {
  if (reduces_in_switches(at.spec().collectives)) return std::nullopt;
  const topology::Fleet& fleet = *at.subject().fleet;
  std::vector<Bandwidth> out(fleet.vertices().size());
  for (const topology::Link& link : fleet.links()) out[link.from.value()] += fleet.channel(link.channel).bandwidth;
  Seconds most;
  std::vector<Bytes> of_stage;
  for (std::uint32_t stage = 0; stage < at.plan().pipeline; ++stage) {
    of_stage.push_back(static_cast<double>(at.microbatches()) * sent_in_passes(at, stage) +
                       sent_by_replicas(at, stage));
  }
  for (std::uint32_t rank = 0; rank < at.layout().rank_count(); ++rank) {
    const Bandwidth port = out[at.subject().members[rank].value()];
    if (!(port > Bandwidth(0))) continue;
    most = std::max(most, of_stage[at.layout().coordinates(workloads::RankId(rank)).pipeline] / port);
  }
  return most;
}

}  // namespace

std::vector<BoundTerm> training_bound(const TrainingSituation& situation) {
  const PipelineCase computation = computation_of(situation);
  const PipelineBound bound = pipeline_bound(PipelineSituation(computation));
  std::vector<BoundTerm> terms = {{"busy", bound.busy}, {"path", bound.path}};
  if (const auto port = port_bound(situation)) terms.push_back({"port", *port});
  return terms;
}

}  // namespace lockstep::validation
