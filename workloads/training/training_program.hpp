#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "topology/fleet.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/schedules/lower_schedule.hpp"
#include "workloads/training/expert_routing.hpp"
#include "workloads/training/step_script.hpp"

namespace lockstep::workloads {

// Where a training step runs.
struct TrainingGround {
  const topology::Fleet* fleet = nullptr;   // outlives the program
  std::vector<topology::VertexId> devices;  // of each rank
  Fidelity fidelity = Fidelity::message;
  std::uint64_t seed = 0;  // of random routing
  // Where only some replicas of a job run, their numbers there: what data each has goes by that.
  std::vector<std::uint32_t> replicas = {};
};

// What a rank's part of the step costs, given its device's figures and its experts' load.
using CostsOfRank = std::function<StepCosts(const TrainingSpec&, const DeviceRates&, double expert_load)>;

// One step of training: every rank runs the tasks of its stage in the schedule, each by its script, and whatever stands
// before and after them. A rank's streams are those lanes of scripts that its stage uses, computation the first, and
// then the messages between stages, as a ScheduleProgram has them. Nothing is written out but the scripts: ranks of a
// stage share them, and tell each other apart by their groups.
class TrainingProgram final : public StepProgram {
 public:
  // `schedules` has that of each replica, or one for all. Throws InputError where collectives cannot run as asked, or a
  // device's figures do not suffice.
  TrainingProgram(TrainingSpec spec, std::vector<std::shared_ptr<const Schedule>> schedules, TrainingGround ground,
                  CostsOfRank costs = costs_of);

  std::uint32_t rank_count() const override { return layout_.rank_count(); }
  std::uint32_t stream_count(RankId rank) const override;
  StreamOrder order(RankId rank, StreamId stream) const override;
  std::uint64_t length(RankId rank, StreamId stream) const override;
  bool has_delays() const override { return roles_.front().skeleton->has_delays(); }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override;
  CollectiveCall collective(std::uint64_t number) const override;
  std::optional<std::uint64_t> text(RankId rank) const override;
  bool has_microbatches() const override { return true; }
  std::optional<DataPart> data_part(RankId rank, const Label& label) const override;
  double hottest_experts() const override { return routing_.is_balanced() ? hottest(spec_) : 1; }
  std::shared_ptr<const StepProgram> with_hot_experts(double factor) const override;
  std::string stream_name(RankId rank, StreamId stream) const override;
  // "backward of layer 12, microbatch 3"
  std::string label_text(const Label& label) const override;

  const TrainingSpec& spec() const { return spec_; }
  // Of the replicas with the most microbatches.
  const Schedule& schedule() const { return *shared_schedule(); }
  const std::shared_ptr<const Schedule>& shared_schedule() const { return longest_; }
  const Schedule& schedule_of(RankId rank) const { return role_of(rank).skeleton->schedule(); }
  const RankLayout& layout() const { return layout_; }
  const TrainingGround& ground() const { return ground_; }
  // Of rank 0.
  const StepCosts& costs() const { return kinds_.front().costs; }
  // The task of the stage's list that an operation of stream 0 belongs to (of a pair the first); none for what comes
  // before the first task and after the last.
  std::optional<std::uint32_t> task_of(RankId rank, std::uint64_t position) const;

 private:
  // Ranks with equal devices and equal loads of experts.
  struct RankKind {
    StepCosts costs;
    std::vector<std::vector<Script>> scripts;  // of each role
  };
  // What is the same for all ranks of a stage whose replicas have the same schedule: which script each part of the step
  // is, and where that part begins in each lane. The first part stands before the schedule's operations, the last after
  // them.
  struct Role {
    std::uint32_t stage = 0;
    std::shared_ptr<const ScheduleProgram> skeleton;
    std::vector<std::uint32_t> script_of;
    std::array<std::vector<std::uint64_t>, lane_count> begins;  // one more entry for the end
    std::vector<Lane> streams;
  };
  struct Seat {
    std::uint32_t leader = 0;  // the first member of the group
    std::uint32_t member = 0;
  };
  // A place in a role's step.
  struct Spot {
    std::uint32_t role = 0;
    Lane lane = Lane::compute;
    std::uint32_t part = 0;
    std::uint64_t position = 0;
  };

  void sort_ranks();
  void cast_roles();
  void write_role(std::uint32_t number);
  void seat_members();
  void check_exchanges() const;
  void try_calls() const;
  Spot spot(std::uint32_t role, Lane lane, std::uint64_t position) const;
  const ScriptEntry& entry(RankId rank, const Spot& spot) const;
  std::uint64_t end_of_part(const Role& role, std::uint32_t part, Lane lane) const;
  const Role& role_of(RankId rank) const { return roles_[role_of_[rank.value()]]; }
  std::uint64_t length(const Role& role, Lane lane) const;
  RankId at_stage(RankId rank, std::uint32_t stage) const;
  std::uint32_t stream_of(const Role& role, Lane lane) const;
  // The task that an entry is about, of a pair the second in the lane beside.
  const Task* task_at(const Spot& spot) const;

  void fetch_entry(RankId rank, const Spot& spot, Op& op) const;
  void fetch_waits(const ScriptEntry& entry, const Spot& spot, Op& op) const;
  void fetch_arrivals(RankId rank, const Spot& spot, Op& op) const;
  void fetch_message(RankId rank, std::uint32_t stream, std::uint64_t position, Op& op) const;
  void fetch_hop(RankId rank, Bytes bytes, Op& op) const;
  std::uint64_t number_of(const ScriptCall& call, const Seat& seat, const Spot& spot) const;
  CollectiveRequest request_of(const ScriptCall& call, std::uint32_t leader, const ScriptEntry& entry,
                               std::uint32_t microbatch) const;
  CollectiveCall make_call(std::uint32_t call, std::uint32_t leader, const CollectiveRequest& request) const;

  TrainingSpec spec_;
  std::vector<std::shared_ptr<const Schedule>> schedules_;
  TrainingGround ground_;
  CostsOfRank costs_;
  RankLayout layout_;
  std::shared_ptr<const Schedule> longest_;
  ExpertRouting routing_;
  std::vector<RankKind> kinds_;
  std::vector<std::uint32_t> kind_of_;    // of each rank
  std::vector<std::uint32_t> role_of_;    // of each rank
  std::vector<ScriptCall> calls_;         // each once
  std::vector<Role> roles_;               // schedule by schedule, the stages of each
  std::vector<std::vector<Seat>> seats_;  // by kind of group, of each rank; empty where no call needs them
  // Calls that were made before, by number of call and first member: their plans and members are the same every time.
  mutable std::map<std::pair<std::uint32_t, std::uint32_t>, CollectiveCall> known_calls_;
};

}  // namespace lockstep::workloads
