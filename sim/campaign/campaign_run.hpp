#pragma once

#include <optional>
#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/failure_clocks.hpp"
#include "sim/campaign/node_pool.hpp"

namespace lockstep::sim {

// The state of one campaign. campaign.cpp has what a job does while all is well, recovery.cpp what follows a failure.
class CampaignRun {
 public:
  // All but the draws must outlive it.
  CampaignRun(const CampaignSpec& spec, const CampaignGround& ground, const CampaignGoal& goal, StepTimes& times,
              const CampaignDraws& draws);

  CampaignRecord run();

 private:
  using Failure = FailureClocks::Failure;
  using Node = NodePool::Node;
  // How far a run has come: steps, and the time that they took.
  struct Progress {
    double steps = 0;
    Seconds time = {};
  };
  // An asynchronous write that is under way, and the steps beside it.
  struct Write {
    Progress what;
    Seconds end;
    std::vector<Seconds> steps;
    std::size_t next = 0;
  };
  // A step that a failure interrupts; of no length where something else is interrupted.
  struct Interrupted {
    Seconds step = {};
    Seconds done = {};
    double share = 1;  // of a step of the whole job
  };

  void start_clocks();
  void work();
  void do_steps(Seconds step, double count);
  void save_what_is_due(Seconds step);
  bool save();
  bool save_copies();
  bool wait_for_write();
  void written(const Progress& what);
  void regrow();

  // Lets time pass, and ends early with what stops the job if it is running.
  std::optional<Failure> pass(Seconds span, bool is_running);
  // Passes time that no steps are done in. False where something came between: then it was for nothing.
  bool spend(Seconds span, Seconds CampaignTime::*on);
  // Passes time in which the job stands still.
  void idle(Seconds span, Seconds CampaignTime::*on);
  bool stops_job(const Failure& failure);
  std::vector<Node> nodes_of(const Failure& failure);
  void lose_nodes(const FailureCause& cause, const std::vector<Node>& nodes);

  void fail(Failure failure, Interrupted interrupted);
  void heed_notice(const FailureCause& cause, Interrupted& interrupted);
  // Returns what loading the state takes.
  Seconds roll_back(const FailureCause& cause);
  std::optional<Failure> recover(const FailureCause& cause, Seconds load);
  bool fill_places();
  bool can_go_on() const;
  bool take_spares();
  bool has_node_to_take() const;
  void give_up(const std::string& reason);

  Seconds interval() const;
  Seconds mean_between_failures() const;
  std::uint32_t lost_replicas() const;
  double share() const { return 1 - static_cast<double>(lost_replicas()) / ground_->replicas; }
  bool has_checkpoints() const { return rule_.interval != IntervalRule::never; }
  bool has_copies_left() const;
  void forget(const std::vector<Node>& nodes);
  bool is_over() const;
  Seconds capped(Seconds span) const { return std::min(span, goal_.time - now_.wall); }
  double draw(const Distribution& distribution) { return distribution.sample(recovery_); }

  const CampaignSpec* spec_;
  CheckpointRule rule_;
  const CampaignGround* ground_;
  CampaignGoal goal_;
  StepTimes* times_;
  NodePool pool_;
  FailureClocks clocks_;
  RandomStream recovery_;  // how long it takes
  RandomStream culprits_;  // which node a failure of the job takes
  CampaignRecord record_;

  FailureClocks::Time now_;
  Progress at_;
  Progress saved_;                  // in storage
  std::optional<Progress> copied_;  // in the memory of other nodes
  Progress last_saved_;             // when the last checkpoint was begun
  Progress last_copied_;
  std::vector<bool> forgot_;  // of each place: it has lost what was copied last
  std::optional<Write> writing_;
  Seconds between_saves_;  // work, of all of them
  std::uint64_t failures_in_a_row_ = 0;
  const FailureCause* last_cause_ = nullptr;
};

}  // namespace lockstep::sim
