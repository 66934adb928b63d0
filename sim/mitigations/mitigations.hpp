#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "base/named_table.hpp"
#include "sim/mitigations/replica_choice.hpp"

// What a scenario does about replicas that are late. Each kind is a reader in this folder and one line of the table in
// mitigations.cpp.
namespace lockstep::sim {

class Workload;

// Microbatches go from slow replicas to fast ones.
struct Rebalance {
  std::vector<std::uint32_t> shares = {};  // microbatches of each replica; empty: so that the step is short
};

struct Mitigations {
  std::vector<std::string> kinds = {};
  std::uint32_t spare_replicas = 0;                       // in reserve, on top of those that make up the global batch
  std::shared_ptr<const ReplicaChoice> choice = nullptr;  // null: every step waits for all replicas
  std::optional<Rebalance> rebalance = {};

  bool empty() const { return kinds.empty(); }
  // Reads the list "mitigations" of a scenario; empty where there is none. Throws InputError.
  static Mitigations read(const JsonFields& scenario);
};

// Adds what the fields say. Throws InputError.
using MitigationReader = void (*)(const JsonFields& fields, Mitigations& all);
std::span<const NamedEntry<MitigationReader>> mitigation_kinds();

// Throws InputError for what the workload cannot do. `scenario` is the object that has the mitigations.
void check_mitigations(const Mitigations& mitigations, Workload& workload, const JsonFields& scenario);

}  // namespace lockstep::sim
