#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sim/metrics/critical_path.hpp"
#include "studies/attribution/suspects.hpp"

namespace lockstep::studies {

// Watches where the critical path of a run leads: that of the workload which ends last, through all of its steps.
class PathWatch final : public sim::Observer {
 public:
  PathWatch(const sim::Scenario& scenario, const Suspects& suspects);

  // What goes on within collectives matters where links are to blame.
  bool wants_inner() const override { return !watched_.empty(); }
  void job_begun(std::uint32_t job, Seconds now) override;
  void op_begun(const sim::OpSpan& span) override;
  void op_done(const sim::OpSpan& span) override;
  void message_begun(std::uint32_t message, const sim::OpPlace& from, const sim::OpPlace& cause) override;
  void message_done(const sim::MessageSpan& span) override;

  // Of a run that is over: how long its path computes on the suspect's devices, and communicates while a message of the
  // workload is on one of its channels. All steps together.
  Seconds time_on(const Suspect& suspect) const;

 private:
  // From one time to another.
  using Interval = std::pair<Seconds, Seconds>;
  struct WorkloadPath {
    std::uint32_t job = 0;
    std::unique_ptr<sim::CriticalPath> current = nullptr;  // of the present step
    std::vector<sim::PathStep> before = {};                // of the steps before
    std::map<topology::ChannelId, std::vector<Interval>> use = {};
  };
  WorkloadPath& path_of(std::uint32_t job) { return paths_[job % paths_.size()]; }
  std::vector<sim::PathStep> last_path() const;
  std::vector<Interval> use_of(const std::vector<topology::ChannelId>& channels) const;

  const topology::Fleet* fleet_;
  std::vector<sim::Job> jobs_;
  std::vector<WorkloadPath> paths_;  // of each workload
  std::set<topology::ChannelId> watched_;
  std::size_t last_ = 0;  // the workload that did something last
  std::vector<topology::LinkId> route_ = {};
  workloads::Op op_ = {};
};

}  // namespace lockstep::studies
