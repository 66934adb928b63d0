#pragma once

#include <map>
#include <unordered_map>

#include "base/child_tasks.hpp"
#include "studies/replicas.hpp"
#include "studies/statistics.hpp"

namespace lockstep::studies {

// Deals replicas out to processes, and takes what they give in the order of the replicas.
class ReplicaWork final : public ChildWork {
 public:
  // Whether a process can run one replica after the other.
  enum class Sharing : char { one_each, several };
  struct Nature {
    Sharing sharing = Sharing::one_each;
    bool has_alike_steps = false;  // those of a campaign, in all replicas
  };

  // The scenario must outlive it.
  ReplicaWork(const ScenarioText& scenario, const ReplicaPlan& plan, const Nature& nature);

  std::optional<ChildTask> next() override;
  void answered(std::size_t task, ChildAnswer answer) override;
  bool goes_on() override;

  ReplicaRuns take_runs() { return std::move(runs_); }

 private:
  std::uint32_t next_count() const;
  ReplicaProgress progress() const;
  void take(const std::string& answer);
  void take_replica(const Json& replica);
  std::size_t column_of(const std::string& headline);
  // Where all of the first batch fail, the others would.
  bool is_hopeless() const { return runs_.rows.empty() && taken_ == ReplicaPlan::batch; }
  bool is_done() const { return runs_.is_precise || taken_ == plan_.replicas || is_hopeless(); }

  ScenarioText scenario_;
  ReplicaPlan plan_;
  Nature nature_;
  ReplicaRuns runs_;
  std::unordered_map<std::string, std::size_t> columns_;
  RunningMean judged_;
  std::uint32_t begun_ = 0;  // replicas
  std::uint32_t taken_ = 0;
  std::size_t next_task_ = 0;                 // whose answer is to be taken next
  std::map<std::size_t, ChildAnswer> early_;  // answers that came before their turn
  std::optional<double> seconds_each_;        // that a replica takes
  std::optional<Seconds> step_;               // of all replicas, where they are alike
};

}  // namespace lockstep::studies
