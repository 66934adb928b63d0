#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "validation/collective_case.hpp"
#include "validation/solvers/figures.hpp"
#include "workloads/training/training_program.hpp"

namespace lockstep::validation {

// A training step on devices: what closed forms and a simulation both speak of.
struct TrainingCase {
  const topology::Fleet* fleet = nullptr;   // must outlive the case
  std::vector<topology::VertexId> members;  // the device of each rank
  workloads::TrainingSpec spec;
  std::shared_ptr<const workloads::Schedule> schedule;
  workloads::CostsOfRank costs = workloads::costs_of;
  sim::EngineOptions engine = {};
  workloads::Fidelity fidelity = workloads::Fidelity::message;
  std::uint64_t seed = 0;  // of random routing
  // The fleet as the catalog or its description has it, where that says more than the graph does.
  std::optional<FleetFigures> described = {};
  // Tells apart what one assumption grants for different forms.
  std::string variant = {};
};

// Throws InputError where the step cannot run as asked.
sim::Job job_of(const TrainingCase& subject);

// How long it takes. Throws what the simulator throws.
Seconds simulated_time(const TrainingCase& subject, const Simulator& simulator);

inline std::string variant_of(const TrainingCase& subject) {
  return subject.variant;
}

// Lets every rank's costs be what `change` makes of them. It is given the costs, and what they would be found from.
struct CostSources {
  const workloads::TrainingSpec& spec;
  const workloads::DeviceRates& rates;
  const workloads::CostsOfRank& costs;
};
using CostChange = std::function<void(workloads::StepCosts&, const CostSources&)>;
void change_costs(TrainingCase& subject, CostChange change);

}  // namespace lockstep::validation
