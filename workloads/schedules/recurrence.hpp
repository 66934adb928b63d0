#pragma once

#include <span>

#include "workloads/schedules/schedule_times.hpp"

namespace lockstep::workloads {

struct TaskSpan {
  Seconds start;
  Seconds end;
};

// When everything happens, by the max-plus recurrence: a task starts when the one before it on its device has ended and
// what it needs is there. No event queue and no network, hence a second opinion on the simulator and cheap enough to
// search with. The buffers are used again by the next evaluation.
class Recurrence {
 public:
  // The makespan; absent when the schedule deadlocks. The schedule must name chunks and microbatches that it has and
  // hold every transfer that it needs (check_schedule). It must live while its results are asked for.
  std::optional<Seconds> evaluate(const Schedule& schedule, const ScheduleTimes& times);

  // Of each task of a device, in order; both halves of a pair have the same.
  std::span<const TaskSpan> spans(std::uint32_t device) const {
    return std::span(spans_).subspan(first_[device], first_[device + 1] - first_[device]);
  }
  // What a deadlocked schedule is stuck in: "device 0 at position 3 (0B0) waits for 1B0, which …", around the circle.
  std::string deadlock() const;

 private:
  void prepare();
  void advance(std::uint32_t device);
  bool is_ready(std::uint32_t device, const Task& task, double& start);
  void finish(std::uint32_t device, const Task& task, double end);
  void hand_on(std::uint32_t device, std::size_t slot, std::uint32_t to, double end);
  void set_ready(std::size_t slot, std::uint32_t device, double at);
  std::size_t forward_slot(std::uint32_t chunk, std::uint32_t microbatch) const {
    return std::size_t{chunk} * schedule_->microbatches + microbatch;
  }
  std::size_t backward_slot(std::uint32_t chunk, std::uint32_t microbatch) const {
    return forward_slot(schedule_->chunks() + chunk, microbatch);
  }
  std::uint32_t maker_of(std::size_t slot, Task& task) const;

  const Schedule* schedule_ = nullptr;
  const ScheduleTimes* times_ = nullptr;
  double transfer_ = 0;
  std::vector<double> ready_;            // when the input of each forward, then of each backward, is there; or never
  std::vector<double> posted_;           // when each is received, where transfers are listed
  std::vector<std::size_t> first_;       // of each device in spans_
  std::vector<std::uint32_t> position_;  // of each device
  std::vector<double> clock_;
  std::vector<std::size_t> blocked_on_;  // the slot that each device waits for
  std::vector<std::uint32_t> runnable_;
  std::vector<TaskSpan> spans_;
};

}  // namespace lockstep::workloads
