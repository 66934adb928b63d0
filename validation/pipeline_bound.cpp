#include "validation/pipeline_bound.hpp"

#include <algorithm>

namespace lockstep::validation {
namespace {

using workloads::Action;
using workloads::Schedule;
using workloads::ScheduleTimes;
using workloads::Task;

// What a task takes at least, by itself or in a pair.
class ShortestTimes {
 public:
  explicit ShortestTimes(const PipelineCase& subject) : times_(subject.times) {
    for (const auto& tasks : subject.schedule->tasks) {
      for (const Task& task : tasks) splits_ = splits_ || task.action == Action::input_gradient;
    }
  }

  Seconds forward(std::uint32_t chunk, std::uint32_t m) const { return at_least(times_.forward, chunk, m); }
  // Until the chunk before can go on: where backwards are split somewhere, the input gradient alone.
  Seconds gradient(std::uint32_t chunk, std::uint32_t m) const {
    return at_least(splits_ ? times_.input_gradient : times_.backward, chunk, m);
  }

 private:
  Seconds at_least(const workloads::TimeTable& table, std::uint32_t chunk, std::uint32_t m) const {
    const Seconds alone = table.at(chunk, m);
    return times_.overlapped ? std::min(alone, times_.overlapped->at(chunk, m)) : alone;
  }

  const ScheduleTimes& times_;
  bool splits_ = false;
};

struct Ends {
  std::optional<Seconds> head;  // before the device can begin
  std::optional<Seconds> tail;  // after it has done its last

  static void shorten(std::optional<Seconds>& end, Seconds to) { end = end ? std::min(*end, to) : to; }
};

Seconds busy_time(const std::vector<Task>& tasks, const ScheduleTimes& times) {
  Seconds sum;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const bool is_pair = tasks[i].overlaps_next && i + 1 < tasks.size();
    sum += is_pair ? times.of_pair(tasks[i], tasks[i + 1]) : times.of(tasks[i]);
    if (is_pair) ++i;
  }
  return sum;
}

bool has_weight_gradients(const std::vector<Task>& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const Task& t) { return t.action == Action::weight_gradient; });
}

}  // namespace

PipelineBound pipeline_bound(const PipelineSituation& situation) {
  const Schedule& schedule = *situation.subject().schedule;
  const ShortestTimes shortest(situation.subject());
  std::vector<Ends> ends(schedule.devices());
  PipelineBound bound;
  for (std::uint32_t copy = 0; copy < schedule.copies; ++copy) {
    const std::uint32_t begin = copy * schedule.stages();
    for (std::uint32_t m = schedule.first_microbatch(begin); m < schedule.end_microbatch(begin); ++m) {
      Seconds to;    // from the input to this chunk
      Seconds back;  // from the gradient that leaves this chunk to the end
      for (std::uint32_t chunk = begin; chunk < begin + schedule.stages(); ++chunk) {
        Ends& device = ends[schedule.device_of[chunk]];
        Ends::shorten(device.head, to);
        Ends::shorten(device.tail, back);
        const bool hops = !schedule.is_last(chunk) && schedule.device_of[chunk] != schedule.device_of[chunk + 1];
        const Seconds hop = hops ? situation.hops().least : Seconds(0);
        to += shortest.forward(chunk, m) + hop;
        back += shortest.gradient(chunk, m) + hop;
      }
      bound.path = std::max(bound.path, to + back);
    }
  }
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
    const std::vector<Task>& tasks = schedule.tasks[device];
    // Nobody waits for the weight gradients.
    const Seconds tail = has_weight_gradients(tasks) ? Seconds(0) : ends[device].tail.value_or(Seconds(0));
    bound.busy = std::max(bound.busy,
                          ends[device].head.value_or(Seconds(0)) + busy_time(tasks, situation.subject().times) + tail);
  }
  return bound;
}

}  // namespace lockstep::validation
