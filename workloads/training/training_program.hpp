#pragma once

#include <memory>
#include <vector>

#include "topology/fleet.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/schedules/schedule.hpp"
#include "workloads/step_program/step_program.hpp"
#include "workloads/training/step_costs.hpp"

namespace lockstep::workloads {

// Where a training step runs.
struct TrainingGround {
  const topology::Fleet* fleet = nullptr;   // outlives the program
  std::vector<topology::VertexId> devices;  // of each rank
  Fidelity fidelity = Fidelity::message;
  std::uint64_t seed = 0;  // of random routing
};

// How the costs of a rank are found, given its device's figures and its experts' load.
using CostsOfRank = std::function<StepCosts(const TrainingSpec&, const DeviceRates&, double expert_load)>;

// A training step as a step program. (interface; the implementation follows)
class TrainingProgram final : public StepProgram {
 public:
  TrainingProgram(TrainingSpec spec, std::shared_ptr<const Schedule> schedule, TrainingGround ground,
                  const CostsOfRank& costs = costs_of);

  const TrainingSpec& spec() const;
  const std::shared_ptr<const Schedule>& shared_schedule() const;
  const RankLayout& layout() const;
  // Of rank 0.
  const StepCosts& costs() const;
  // Stream 0 computes. The task of the schedule's device that one of its operations belongs to; none for what comes
  // before the first task and after the last.
  std::optional<std::uint32_t> task_of(RankId rank, std::uint64_t position) const;
};

}  // namespace lockstep::workloads
