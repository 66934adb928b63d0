#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "workloads/memory/stage_memory.hpp"

namespace lockstep::workloads {

// A change of a training job after which it fits.
struct Remedy {
  std::string change = {};  // "recompute: full", "zero: 3 and microbatch: 1"
  Execution execution;
  Bytes largest = {};  // of all stages
};

// In-flight microbatches of a plan, as its schedule has them; absent where the schedule cannot have such a plan.
using InFlightOf = std::function<std::optional<InFlight>(const ParallelPlan&, std::uint64_t microbatches)>;

// What would make `request` fit into `usable` bytes on as many ranks: every single change is tried, the mildest first,
// and where none suffices, every two. `duty` says what stays legal. Empty where nothing tried suffices.
std::vector<Remedy> find_remedies(const MemoryRequest& request, const PlanDuty& duty, Bytes usable,
                                  const InFlightOf& in_flight);

// The most that any stage needs.
Bytes largest_of(const std::vector<StageMemory>& stages);

}  // namespace lockstep::workloads
