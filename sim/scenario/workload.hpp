#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/catalog.hpp"
#include "base/json_fields.hpp"
#include "base/named_table.hpp"
#include "sim/engines/networks.hpp"
#include "sim/scenario/replicated_step.hpp"
#include "sim/self_driven.hpp"
#include "topology/fleet.hpp"
#include "workloads/collectives/algorithms.hpp"

// Workloads by kind: each is one file in this folder and one line of the table in workload_kinds.cpp.
namespace lockstep::sim {

// What becomes of a workload that does not fit into the memory of its devices. It is simulated either way.
enum class MemoryRule : std::uint8_t {
  enforce,  // the answer is no
  report    // a warning
};

// What a workload runs on, and what the scenario says of the engine.
struct WorkloadGround {
  const Catalog& catalog;
  const topology::Fleet& fleet;
  std::vector<topology::VertexId> devices;  // the workload's: rank or stage i of it names devices[i]
  const EngineOptions& engine;
  workloads::Fidelity fidelity = workloads::Fidelity::message;
  MemoryRule memory = MemoryRule::enforce;
  Seconds start = {};  // of the workload
  std::uint64_t seed = 0;
  std::uint32_t spare_replicas = 0;  // of a training job's, which a mitigation keeps in reserve
  std::string directory;             // of the scenario's file; paths in it are relative to this
};

// One workload of a scenario, checked and ready to run.
class Workload {
 public:
  virtual ~Workload() = default;

  // What it puts on the fleet. Its start is the scenario's business. Throws InputError where the workload drives
  // itself.
  virtual Job job() const = 0;
  // Null where it runs as the job that it is.
  virtual SelfDriven* self_driven() { return nullptr; }
  // Its fields as they are run, with defaults filled in.
  virtual Json as_run() const = 0;
  // Who has to watch the run for `add_results` to be answered; null where the timeline suffices. `job` is the
  // workload's as it is simulated: its ranks may stand for several of the workload's (StepProgram::role).
  virtual Observer* watch(const Job&) { return nullptr; }
  // Whether that wants to hear of every rank.
  virtual bool watches_every_rank() const { return false; }
  // Whether it draws anything itself, so that replicas differ.
  virtual bool is_random() const { return false; }
  // Why the answer is no, whatever time it takes; absent where nothing speaks against it.
  virtual std::optional<std::string> refusal() const { return std::nullopt; }
  // What the user should know of, one sentence each.
  virtual std::vector<std::string> warnings() const { return {}; }
  // Null where it has no replicas that could do without each other.
  virtual ReplicatedStep* replicated() { return nullptr; }
  // Which of equal replicas each rank belongs to; empty where there are none.
  virtual std::vector<std::uint32_t> replica_of_rank() const { return {}; }
  // Adds what came out, under the names of the public results. `job` is the workload's part of the timeline.
  virtual void add_results(const Timeline& timeline, const JobTimeline& job, Json& results) const = 0;
  // The same for people: lines of name and value.
  virtual std::vector<std::pair<std::string, std::string>> summary(const JobTimeline& job) const = 0;
};

using WorkloadReader = std::unique_ptr<Workload> (*)(const JsonFields& fields, const WorkloadGround& ground);
// The fleet of a scenario that states none; throws InputError where the kind needs one.
using IdealFleet = topology::Fleet (*)(const JsonFields& fields);

struct WorkloadKind {
  WorkloadReader read;
  IdealFleet ideal_fleet;
};
std::span<const NamedEntry<WorkloadKind>> workload_kinds();

}  // namespace lockstep::sim
