#pragma once

#include <optional>
#include <vector>

#include "workloads/collectives/collective_plan.hpp"
#include "workloads/costs/communication.hpp"
#include "workloads/plan/rank_layout.hpp"
#include "workloads/training/purpose.hpp"
#include "workloads/training/training_spec.hpp"

// What the parts of a training step cost one rank: times of what is computed, bytes of what is exchanged. Plain data,
// so that a what-if ("and if all stages were equal?") is a change of numbers, simulated like anything else.
namespace lockstep::workloads {

// A collective of one of the rank's groups; `bytes` as a CollectiveRequest means them.
struct GroupCall {
  Operation operation = Operation::all_reduce;
  GroupKind group = GroupKind::tensor;
  Bytes bytes = {};
  bool returns = false;  // of all-to-alls: what experts made goes back to where it came from
  friend bool operator==(const GroupCall&, const GroupCall&) = default;
};

// What a rank does between two points of a layer; in the forward pass in this order, in the backward pass in the
// opposite one.
struct LayerItem {
  Purpose purpose = Purpose::compute;      // compute, tensor, expert or context
  PassTimes times = {};                    // of compute; of context that of attention, over all blocks of keys
  PassTimes attention = {};                // the part of it that goes by the lengths of documents
  bool of_experts = false;                 // grows with the load of the rank's experts
  std::optional<GroupCall> forward = {};   // of tensor and expert
  std::optional<GroupCall> backward = {};  // of tensor and expert
  Bytes hop = {};                          // of context: keys and values that are handed on at a time
};

// A layer, or what stands before the first or after the last one.
struct LayerCosts {
  std::vector<LayerItem> items;
  bool runs_twice = false;     // its forward pass, communication included, once more before the backward pass
  GradientBytes weights = {};  // of this rank, before ZeRO shards them
  GradientBytes gradients = {};
};

struct StepCosts {
  std::vector<LayerCosts> layers;                  // each kind once
  std::vector<std::vector<std::uint32_t>> chunks;  // of each chunk in the order of the model, its layers by kind
  std::vector<Seconds> optimizer;                  // of each stage
  Bytes tied_embedding = {};                       // gradients that first and last stage sum
  std::optional<Bytes> hop = {};                   // a message between stages; absent: it takes `hop_delay`
  Seconds hop_delay = {};
};

// `expert_load` as in Execution.
StepCosts costs_of(const TrainingSpec& spec, const DeviceRates& rates, double expert_load = 1);

// What a chunk computes for one microbatch, communication aside.
PassTimes compute_of_chunk(const StepCosts& costs, std::uint32_t chunk);

}  // namespace lockstep::workloads
