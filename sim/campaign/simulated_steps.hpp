#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/campaign/step_times.hpp"
#include "sim/scenario/scenario.hpp"
#include "workloads/checkpoint/checkpoint_program.hpp"

namespace lockstep::sim {

// Steps of a scenario, each kind of which is simulated once: while the fleet is as fast as it was for an earlier step,
// a step takes as long. One in which something changes is simulated by itself. Where every computation is drawn, some
// steps are simulated, and all others drawn from them.
class SimulatedSteps final : public StepTimes {
 public:
  // The scenario, and those of one, two, … replicas less; all outlive this.
  SimulatedSteps(std::vector<const Scenario*> by_lost, const RunChoice& choice);

  // What the first step takes, if that has been simulated; spares doing so again where all others are like it.
  void know(Seconds first);

  Steady at(Seconds begin, std::uint32_t lost) override;
  Seconds write() override;
  Seconds load() override;
  Beside beside_write(Seconds begin, std::uint32_t lost) override;

  // Of a step that nothing disturbs.
  Seconds undisturbed();
  // How many steps were simulated, and what of the others is drawn from them.
  std::uint64_t simulated() const { return simulated_; }
  bool draws_steps() const { return conditions_ != nullptr && conditions_->draws_work(); }

 private:
  struct Stretch {
    std::uint32_t lost = 0;
    Seconds begin = {};
    std::uint64_t steps = 1;
  };
  std::vector<Seconds> simulate(const Stretch& stretch, Conditions* conditions);
  std::vector<Seconds> simulate(const Scenario& scenario, std::span<const Job> jobs, Seconds time);
  Seconds draw(std::vector<double> speeds, Seconds begin, std::uint32_t lost);
  Seconds checkpoint(workloads::CheckpointDirection direction);
  Beside beside_stated_write(Seconds begin, std::uint32_t lost);
  Beside beside_simulated_write(Seconds begin, std::uint32_t lost);
  const CheckpointRule& rule() const { return *by_lost_.front()->campaign().checkpoint; }

  std::vector<const Scenario*> by_lost_;
  std::unique_ptr<Conditions> conditions_;
  RandomStream draws_;  // of steps among those that were simulated
  // How many replicas are lost, and how fast everything is that is disturbed.
  using State = std::pair<std::uint32_t, std::vector<double>>;
  std::map<State, std::vector<Seconds>> known_;  // steps
  std::optional<Seconds> undisturbed_;
  std::map<State, Beside> beside_;
  std::map<workloads::CheckpointDirection, Seconds> checkpoints_;
  std::uint64_t simulated_ = 0;
};

// What saving or loading a checkpoint of the scenario puts on its fleet. Throws InputError where that is not known.
Job checkpoint_of(const Scenario& scenario, workloads::CheckpointDirection direction);

}  // namespace lockstep::sim
