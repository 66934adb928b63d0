#pragma once

#include <optional>
#include <vector>

#include "base/quantity.hpp"
#include "workloads/schedules/schedule.hpp"

namespace lockstep::workloads {

// A time for everything, for each chunk, or for each chunk and microbatch.
class TimeTable {
 public:
  TimeTable() = default;
  explicit TimeTable(Seconds everywhere) : values_{everywhere} {}
  explicit TimeTable(std::vector<Seconds> of_chunks) : values_(std::move(of_chunks)), chunk_step_(1) {}
  // `values` holds the microbatches of the first chunk, then those of the next.
  TimeTable(std::vector<Seconds> values, std::uint32_t microbatches)
      : values_(std::move(values)), chunk_step_(microbatches), microbatch_step_(1) {}

  Seconds at(std::uint32_t chunk, std::uint32_t microbatch) const {
    return values_[std::size_t{chunk} * chunk_step_ + std::size_t{microbatch} * microbatch_step_];
  }

 private:
  std::vector<Seconds> values_ = {Seconds(0)};
  std::uint32_t chunk_step_ = 0;
  std::uint32_t microbatch_step_ = 0;
};

// Whom a transfer keeps from computing.
enum class TransferOccupies : std::uint8_t { nobody, sender };

// What the tasks of a schedule cost. What is not named here costs nothing.
struct ScheduleTimes {
  TimeTable forward;
  TimeTable backward;
  TimeTable input_gradient;
  TimeTable weight_gradient;
  std::optional<TimeTable> overlapped;  // of a forward and a backward at once, by the forward; their sum if absent
  Seconds transfer = {};                // of each hop between two devices
  TransferOccupies occupies = TransferOccupies::nobody;

  Seconds of(const Task& task) const {
    switch (task.action) {
      case Action::forward:
        return forward.at(task.chunk, task.microbatch);
      case Action::backward:
        return backward.at(task.chunk, task.microbatch);
      case Action::input_gradient:
        return input_gradient.at(task.chunk, task.microbatch);
      case Action::weight_gradient:
        return weight_gradient.at(task.chunk, task.microbatch);
      default:
        return Seconds(0);
    }
  }
  Seconds of_pair(const Task& first, const Task& second) const {
    const bool is_known = first.action != second.action &&
                          (first.action == Action::backward || second.action == Action::backward) &&
                          (first.action == Action::forward || second.action == Action::forward);
    if (!overlapped || !is_known) return of(first) + of(second);
    const Task& forward_task = first.action == Action::forward ? first : second;
    return overlapped->at(forward_task.chunk, forward_task.microbatch);
  }
};

}  // namespace lockstep::workloads
