#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "sim/campaign/step_times.hpp"
#include "sim/scenario/scenario.hpp"

namespace lockstep::sim {

// Steps of a scenario, each kind of which is simulated once: while the fleet is as fast as it was for an earlier step,
// a step takes as long. One in which something changes is simulated by itself. Where every computation is drawn, some
// steps are simulated, and all others drawn from them.
class SimulatedSteps final : public StepTimes {
 public:
  // The scenario, and those of one, two, … replicas less; all outlive this.
  SimulatedSteps(std::vector<const Scenario*> by_lost, const RunChoice& choice);

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
  Seconds draw(std::vector<double> speeds, Seconds begin, std::uint32_t lost);

  std::vector<const Scenario*> by_lost_;
  std::unique_ptr<Conditions> conditions_;
  RandomStream draws_;  // of steps among those that were simulated
  std::map<std::pair<std::uint32_t, std::vector<double>>, std::vector<Seconds>> known_;  // steps at these speeds
  std::uint64_t simulated_ = 0;
};

}  // namespace lockstep::sim
