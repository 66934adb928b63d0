#include "workloads/schedules/schedule_summary.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

// When the results that tasks wait for were computed, on whatever device.
class ResultTimes {
 public:
  ResultTimes(const Schedule& schedule, const std::vector<std::span<const TaskSpan>>& spans)
      : schedule_(&schedule), ends_(2 * std::size_t{schedule.chunks()} * schedule.microbatches) {
    for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
      const auto& tasks = schedule.tasks[device];
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (tasks[i].action > Action::input_gradient) continue;
        ends_[slot(tasks[i].action == Action::forward, tasks[i].chunk, tasks[i].microbatch)] = spans[device][i].end;
      }
    }
  }

  // When what came over a hop between devices left it; absent for what came from the same device.
  std::optional<Seconds> computed_elsewhere(const Task& task) const {
    if (task.action > Action::input_gradient) return std::nullopt;
    const bool is_forward = task.action == Action::forward;
    if (is_forward ? schedule_->is_first(task.chunk) : schedule_->is_last(task.chunk)) return std::nullopt;
    const std::uint32_t from = is_forward ? task.chunk - 1U : task.chunk + 1U;
    if (schedule_->device_of[from] == schedule_->device_of[task.chunk]) return std::nullopt;
    return ends_[slot(is_forward, from, task.microbatch)];
  }

 private:
  std::size_t slot(bool is_forward, std::uint32_t chunk, std::uint32_t microbatch) const {
    return (std::size_t{chunk} + (is_forward ? 0 : schedule_->chunks())) * schedule_->microbatches + microbatch;
  }

  const Schedule* schedule_;
  std::vector<Seconds> ends_;
};

bool takes_time(const Task& task) {
  return is_computation(task.action);
}

// Until when a device warms up, and from when on it drains.
struct Phases {
  Seconds steady_from = Seconds(std::numeric_limits<double>::infinity());
  Seconds draining_from;
};

Phases find_phases(const std::vector<Task>& tasks, std::span<const TaskSpan> spans) {
  Phases phases;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (gives_gradient(tasks[i].action)) phases.steady_from = std::min(phases.steady_from, spans[i].start);
    if (tasks[i].action == Action::forward) phases.draining_from = std::max(phases.draining_from, spans[i].end);
  }
  return phases;
}

// Adds the gap before a task, [from, until), to its causes.
void add_gap(const Phases& phases, Seconds from, Seconds until, Seconds in_transfer, IdleCauses& idle) {
  if (until <= from) return;
  idle.transfer += in_transfer;
  const Seconds rest = (until - from) - in_transfer;
  if (until <= phases.steady_from) {
    idle.warm_up += rest;
  } else if (from >= phases.draining_from) {
    idle.drain += rest;
  } else {
    idle.imbalance += rest;
  }
}

StageSummary summarize_stage(const std::vector<Task>& tasks, std::span<const TaskSpan> spans,
                             const ResultTimes& results, Seconds makespan) {
  StageSummary stage;
  const PeakInFlight peak = peak_in_flight(tasks);
  stage.peak_in_flight = peak.until_gradient;
  stage.peak_until_weight_gradient = peak.until_weight_gradient;
  const Phases phases = find_phases(tasks, spans);
  bool has_begun = false;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!takes_time(tasks[i])) continue;
    const bool is_pair = tasks[i].overlaps_next;
    const Seconds start = spans[i].start;
    Seconds computed = stage.last_end;
    if (const auto at = results.computed_elsewhere(tasks[i])) computed = std::max(computed, *at);
    if (is_pair) {
      if (const auto at = results.computed_elsewhere(tasks[i + 1])) computed = std::max(computed, *at);
    }
    // What is left of the gap once everything has been computed is spent on its way.
    const bool is_late = start > stage.last_end;
    add_gap(phases, stage.last_end, start, is_late ? start - std::min(computed, start) : Seconds(0), stage.idle);
    if (!has_begun) stage.first_start = start;
    has_begun = true;
    stage.busy += spans[i].end - start;
    stage.last_end = spans[i].end;
    if (is_pair) ++i;
  }
  stage.idle.drain += makespan - stage.last_end;
  return stage;
}

}  // namespace

PeakInFlight peak_in_flight(const std::vector<Task>& tasks) {
  PeakInFlight peak;
  std::uint32_t until_gradient = 0;
  std::uint32_t until_weights = 0;
  auto begin = [&](const Task& task) {
    if (task.action != Action::forward) return;
    peak.until_gradient = std::max(peak.until_gradient, ++until_gradient);
    peak.until_weight_gradient = std::max(peak.until_weight_gradient, ++until_weights);
  };
  auto end = [&](const Task& task) {
    if (gives_gradient(task.action)) --until_gradient;
    if (task.action == Action::backward || task.action == Action::weight_gradient) --until_weights;
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const bool is_pair = tasks[i].overlaps_next && i + 1 < tasks.size();
    begin(tasks[i]);
    if (is_pair) begin(tasks[i + 1]);
    end(tasks[i]);
    if (is_pair) end(tasks[++i]);
  }
  return peak;
}

ScheduleSummary summarize(const Schedule& schedule, const std::vector<std::span<const TaskSpan>>& spans) {
  ScheduleSummary summary;
  for (const auto& of_device : spans) {
    // Tasks of a device end in order.
    if (!of_device.empty()) summary.makespan = std::max(summary.makespan, of_device.back().end);
  }
  const ResultTimes results(schedule, spans);
  Seconds busy;
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
    summary.stages.push_back(summarize_stage(schedule.tasks[device], spans[device], results, summary.makespan));
    busy += summary.stages.back().busy;
  }
  const Seconds total = static_cast<double>(schedule.devices()) * summary.makespan;
  if (total > Seconds(0)) summary.bubble_fraction = (total - busy) / total;
  return summary;
}

ScheduleSummary evaluate_schedule(const Schedule& schedule, const ScheduleTimes& times) {
  Recurrence recurrence;
  if (!recurrence.evaluate(schedule, times)) {
    throw SimulationError("the schedule is deadlocked: " + recurrence.deadlock());
  }
  std::vector<std::span<const TaskSpan>> spans;
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) spans.push_back(recurrence.spans(device));
  return summarize(schedule, spans);
}

}  // namespace lockstep::workloads
