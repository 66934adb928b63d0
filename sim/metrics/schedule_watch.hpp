#pragma once

#include <memory>
#include <vector>

#include "sim/timeline.hpp"
#include "workloads/schedules/lower_schedule.hpp"
#include "workloads/schedules/schedule_summary.hpp"

namespace lockstep::sim {

// Notes when the tasks of a schedule ran.
class ScheduleWatch final : public Observer {
 public:
  explicit ScheduleWatch(std::shared_ptr<const workloads::ScheduleProgram> program);

  bool wants_inner() const override { return false; }
  void op_done(const OpSpan& span) override;
  void message_done(const MessageSpan&) override {}

  // Of each task of a device, in order, since the start of the simulation.
  const std::vector<workloads::TaskSpan>& spans(std::uint32_t device) const { return spans_[device]; }
  // What the run amounts to, for a pipeline that began at `start`.
  workloads::ScheduleSummary summary(Seconds start) const;

 private:
  std::shared_ptr<const workloads::ScheduleProgram> program_;
  std::vector<std::vector<workloads::TaskSpan>> spans_;
};

}  // namespace lockstep::sim
