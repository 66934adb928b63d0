#include "validation/training/training_bound.hpp"

#include <algorithm>

#include "validation/pipeline_bound.hpp"

namespace lockstep::validation {
namespace {

using workloads::GroupCall;
using workloads::LayerCosts;
using workloads::LayerItem;
using workloads::Operation;
using workloads::PassTimes;
using workloads::StepCosts;
using workloads::TimeTable;

// Computation alone, as a pipeline of its own. Hops are left out, since they are more than their bytes' time only.
PipelineCase computation_of(const TrainingSituation& at) {
  const StepCosts& costs = at.costs();
  std::vector<Seconds> forward;
  std::vector<Seconds> input;
  std::vector<Seconds> weight;
  const workloads::Schedule& schedule = *at.subject().schedule;
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    PassTimes times;
    Seconds again;
    for (const std::uint32_t kind : costs.chunks[chunk % schedule.stages()]) {
      const LayerCosts& layer = costs.layers[kind];
      for (const LayerItem& item : layer.items) {
        times += item.times;
        again += layer.runs_twice ? item.times.forward : item.times.recompute;
      }
    }
    forward.push_back(times.forward);
    input.push_back(times.backward_input + again);
    weight.push_back(times.backward_weight);
  }
  std::vector<Seconds> backward = input;
  for (std::size_t i = 0; i < backward.size(); ++i) backward[i] += weight[i];
  PipelineCase pipeline;
  pipeline.fleet = at.subject().fleet;
  pipeline.schedule = at.subject().schedule;
  for (std::uint32_t stage = 0; stage < at.plan().pipeline; ++stage) {
    pipeline.members.push_back(at.subject().members.front());
  }
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

double members_of(const workloads::ParallelPlan& plan, workloads::Purpose purpose) {
  return purpose == workloads::Purpose::tensor ? plan.tensor : plan.expert;
}

// That a device of one stage sends for one microbatch.
Bytes sent_in_passes(const TrainingSituation& at, std::uint32_t stage) {
  const workloads::ParallelPlan& plan = at.plan();
  Bytes sum;
  for (const std::uint32_t chunk : workloads::chunks_of_stage(plan, stage)) {
    for (const std::uint32_t kind : at.costs().chunks[chunk]) {
      const LayerCosts& layer = at.costs().layers[kind];
      for (const LayerItem& item : layer.items) {
        const double members = members_of(plan, item.purpose);
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
