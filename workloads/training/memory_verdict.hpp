#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/fleet.hpp"
#include "workloads/memory/remedies.hpp"
#include "workloads/plan/rank_layout.hpp"
#include "workloads/training/training_spec.hpp"

// Does a training job fit into the memory of the devices that its ranks are placed on, and if not, what would?
namespace lockstep::workloads {

struct StageRoom {
  StageMemory needed;
  // What the smallest device of the stage's ranks has, without the reserve; absent where a device does not say.
  std::optional<Bytes> usable = {};

  bool is_too_small() const { return usable && needed.total() > *usable; }
};

struct MemoryVerdict {
  std::vector<StageRoom> stages;
  std::vector<Remedy> remedies = {};  // where it does not fit

  // Absent where devices do not say how much memory they have and nothing else is too small.
  std::optional<bool> fits() const;
  // Of the smallest stage; absent where no device says.
  std::optional<Bytes> usable() const;
};

// `devices` has the device of each rank, and `in_flight` the schedule's microbatches. Hot experts fill the ranks that
// have them, so these decide.
MemoryVerdict judge_memory(const TrainingSpec& spec, const InFlightOf& in_flight, const topology::Fleet& fleet,
                           const std::vector<topology::VertexId>& devices);

// What does not fit, and what would make it fit, with figures; empty where nothing is too small.
std::string explain(const MemoryVerdict& verdict);

}  // namespace lockstep::workloads
