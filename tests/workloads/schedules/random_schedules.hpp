#pragma once

#include <algorithm>

#include "base/random_stream.hpp"
#include "workloads/schedules/schedule_times.hpp"

// Valid schedules that nobody would think of, for properties that hold for all.
namespace lockstep::workloads {

// Draws whichever task is possible next, again and again, and puts it at the end of its device's list: an order in
// which everything can run exists then.
class RandomScheduleMaker {
 public:
  RandomScheduleMaker(RandomStream& random, TransferListing transfers) : random_(random) {
    schedule_.transfers = transfers;
    schedule_.copies = static_cast<std::uint32_t>(1 + random.below(2));
    schedule_.microbatches = static_cast<std::uint32_t>(schedule_.copies + random.below(6));
    schedule_.tasks.resize(1 + random.below(5));
    schedule_.device_of.resize(schedule_.copies * (1 + random.below(8)));
    for (std::uint32_t& device : schedule_.device_of) device = below(schedule_.devices());
    for (std::uint32_t chunk = 0; chunk < schedule_.chunks(); chunk += schedule_.stages()) {
      for (std::uint32_t m = schedule_.first_microbatch(chunk); m < schedule_.end_microbatch(chunk); ++m) {
        possible_.push_back({m, static_cast<std::uint16_t>(chunk), Action::forward});
      }
    }
  }

  Schedule make() {
    while (!possible_.empty()) {
      const Task task = take(below(static_cast<std::uint32_t>(possible_.size())));
      const std::uint32_t device = schedule_.device_of[task.chunk];
      const auto partner = find_partner(task, device);
      std::vector<Task>& tasks = schedule_.tasks[device];
      tasks.push_back(task);
      if (!partner) {
        follow(task);
        continue;
      }
      tasks.back().overlaps_next = true;
      const Task other = take(*partner);
      tasks.push_back(other);
      follow(task);
      follow(other);
    }
    return std::move(schedule_);
  }

 private:
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_.below(end)); }
  Task take(std::size_t index) {
    const Task task = possible_[index];
    possible_[index] = possible_.back();
    possible_.pop_back();
    return task;
  }
  std::optional<std::size_t> find_partner(const Task& task, std::uint32_t device) {
    if (random_.below(4) != 0) return std::nullopt;
    for (std::size_t i = 0; i < possible_.size(); ++i) {
      const bool is_forward = possible_[i].action == Action::forward;
      if (schedule_.device_of[possible_[i].chunk] == device && is_forward != (task.action == Action::forward)) return i;
    }
    return std::nullopt;
  }
  void follow(const Task& task) {
    if (task.action == Action::weight_gradient) return;
    if (task.action == Action::input_gradient)
      possible_.push_back({task.microbatch, task.chunk, Action::weight_gradient});
    const bool is_forward = task.action == Action::forward;
    Task next = task;
    next.overlaps_next = false;
    if (is_forward && !schedule_.is_last(task.chunk)) {
      ++next.chunk;
    } else if (is_forward) {
      next.action = backward();
    } else if (!schedule_.is_first(task.chunk)) {
      --next.chunk;
      next.action = backward();
    } else {
      return;
    }
    if (schedule_.transfers == TransferListing::listed && next.chunk != task.chunk) list_transfer(task, next);
    possible_.push_back(next);
  }
  void list_transfer(const Task& task, const Task& next) {
    const bool is_forward = task.action == Action::forward;
    const std::uint32_t from = schedule_.device_of[task.chunk];
    const std::uint32_t to = schedule_.device_of[next.chunk];
    if (from == to) return;
    schedule_.tasks[from].push_back(
        {task.microbatch, task.chunk, is_forward ? Action::send_forward : Action::send_backward});
    schedule_.tasks[to].push_back(
        {task.microbatch, next.chunk, is_forward ? Action::receive_forward : Action::receive_backward});
  }
  Action backward() { return random_.below(2) == 0 ? Action::backward : Action::input_gradient; }

  RandomStream& random_;
  Schedule schedule_;
  std::vector<Task> possible_;
};

// Times that differ between chunks and microbatches, some of them 0.
inline ScheduleTimes random_times(const Schedule& schedule, RandomStream& random) {
  auto table = [&] {
    std::vector<Seconds> values(std::size_t{schedule.chunks()} * schedule.microbatches);
    for (Seconds& value : values) value = Seconds(std::max(0.0, 2.2 * random.uniform() - 0.2));
    return TimeTable(std::move(values), schedule.microbatches);
  };
  ScheduleTimes times;
  times.forward = table();
  times.backward = table();
  times.input_gradient = table();
  times.weight_gradient = table();
  if (random.below(2) == 0) times.overlapped = table();
  if (random.below(4) != 0) times.transfer = Seconds(2 * random.uniform());
  if (random.below(3) == 0) times.occupies = TransferOccupies::sender;
  return times;
}

}  // namespace lockstep::workloads
