#pragma once

#include <cstdint>
#include <vector>

#include "base/error.hpp"
#include "base/quantity.hpp"

namespace lockstep::sim {

// Thirty billion years, twice the age of the universe: a clock that is to go further was set by a slip of the pen.
inline constexpr Seconds latest_time(1e18);

// Also where the time is infinite or none at all. Throws SimulationError.
inline void require_time(Seconds at) {
  if (at <= latest_time) return;
  throw SimulationError(
      "the simulated time goes beyond 1e18 s, which is thirty billion years: a duration or a size of the scenario is "
      "far "
      "too large, or a bandwidth far too small");
}

// What happens when, earliest first, and in the order of scheduling where times are equal. Events that are scheduled in
// a row for the same time share one entry of the heap, since programs in lockstep schedule long rows of them.
template <class Event>
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  Seconds next_time() const { return Seconds(heap_.front().time); }

  // Throws SimulationError for times beyond `latest_time`.
  void schedule(Seconds at, const Event& event) {
    require_time(at);
    const std::uint32_t slot = take_slot(event);
    const double time = at.si();
    if (open_ != no_row && time == open_time_) {
      slots_[last_].next = slot;
      last_ = slot;
      return;
    }
    open_ = next_row_++;
    open_time_ = time;
    last_ = slot;
    push({time, open_, slot});
  }

  // Requires !empty().
  Event pop() {
    Entry& top = heap_.front();
    const std::uint32_t slot = top.slot;
    const Event event = slots_[slot].event;
    const std::uint32_t next = slots_[slot].next;
    free_.push_back(slot);
    if (next != none) {
      top.slot = next;
    } else {
      if (top.row == open_) open_ = no_row;
      pop_top();
    }
    return event;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint64_t no_row = UINT64_MAX;
  struct Slot {
    Event event;
    std::uint32_t next;
  };
  // A row of events of one time.
  struct Entry {
    double time;
    std::uint64_t row;   // its number in the order of beginning
    std::uint32_t slot;  // its first event
    bool before(const Entry& other) const { return time != other.time ? time < other.time : row < other.row; }
  };

  std::uint32_t take_slot(const Event& event) {
    if (free_.empty()) {
      slots_.push_back({event, none});
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot] = {event, none};
    return slot;
  }

  void push(const Entry& entry) {
    std::size_t hole = heap_.size();
    heap_.push_back(entry);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!entry.before(heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = entry;
  }

  void pop_top() {
    const Entry moved = heap_.back();
    heap_.pop_back();
    const std::size_t size = heap_.size();
    if (size == 0) return;
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = 4 * hole + 1;
      if (first >= size) break;
      const std::size_t end = first + 4 < size ? first + 4 : size;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (heap_[child].before(heap_[least])) least = child;
      }
      if (!heap_[least].before(moved)) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = moved;
  }

  std::vector<Entry> heap_;  // 4-ary
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t next_row_ = 0;
  std::uint64_t open_ = no_row;  // the row begun last, while it is in the heap
  std::uint32_t last_ = none;    // its last event
  double open_time_ = 0;
};

}  // namespace lockstep::sim
