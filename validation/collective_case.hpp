#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "sim/engines/networks.hpp"
#include "sim/timeline.hpp"
#include "topology/fleet.hpp"
#include "workloads/collectives/collective_workload.hpp"

namespace lockstep::validation {

// A figure of messages that stay inside a node, and of those that leave one.
template <class T>
struct ByReach {
  T inside;
  T between;
};

// What messages have in place of the fleet's links, to see what an assumption costs.
struct LinkChanges {
  // Which of the links on their routes messages still share: all, the first and the last, or none.
  enum class Sharing : std::uint8_t { everywhere, at_the_ends, nowhere };
  Sharing sharing = Sharing::everywhere;
  std::optional<ByReach<Seconds>> latency = {};
  std::optional<ByReach<Bandwidth>> bandwidth = {};

  bool any() const { return sharing != Sharing::everywhere || latency || bandwidth; }
};

// A collective on a fleet under an engine: what a closed form and a simulation both speak of.
struct CollectiveCase {
  topology::Fleet fleet;
  std::vector<topology::VertexId> members;
  workloads::CollectiveWorkload workload;
  workloads::Fidelity fidelity = workloads::Fidelity::message;
  sim::EngineOptions engine = {};
  LinkChanges changes = {};
};

// What the members and agents do: the plan of the collective, or the messages themselves.
std::shared_ptr<const workloads::StepProgram> steps_of(const CollectiveCase& subject);

// The case as an engine runs it. A changed fleet keeps the numbers of its vertices.
struct ReadyCase {
  topology::Fleet fleet;
  sim::Job job;
};
ReadyCase ready(const CollectiveCase& subject);

using Simulator =
    std::function<sim::Timeline(const topology::Fleet&, std::span<const sim::Job>, const sim::EngineOptions&)>;

// How long it takes. Throws what the simulator throws.
Seconds simulated_time(const CollectiveCase& subject, const Simulator& simulator);

}  // namespace lockstep::validation
