#pragma once

#include <memory>

#include "workloads/schedules/automatic/order_cost.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {

// What is known of one way to place chunks on devices.
struct PlacedChunks {
  Schedule empty;
  OrderJudge judge;
  double bound = 0;
};

struct Candidate {
  Schedule schedule;
  OrderCost cost;
  std::string found_by;
  PlacedChunks* placed = nullptr;
  bool is_improved = false;
};

// The best orders so far, of all placements.
class Candidates {
 public:
  Candidates(const ScheduleShape& shape, const ScheduleSearch& search) : shape_(shape), search_(search) {}

  PlacedChunks& placed(std::vector<std::uint32_t> device_of, std::uint32_t copies);
  // Looks at every handcrafted schedule that there is for the shape and that fits.
  void add_handcrafted();
  void add(Schedule schedule, const std::string& found_by, PlacedChunks& placed);

  // Whether an order of these chunks could still be the best.
  bool is_promising(const PlacedChunks& placed) const {
    return best_.empty() || OrderCost::is_shorter(placed.bound, best_.front().cost.objective);
  }
  // Best first.
  std::vector<Candidate>& best() { return best_; }
  const std::vector<Candidate>& best() const { return best_; }
  void sort();
  std::uint32_t looked_at() const { return looked_at_; }
  void count(std::uint32_t looked_at) { looked_at_ += looked_at; }

 private:
  ScheduleShape shape_;
  const ScheduleSearch& search_;
  std::vector<std::unique_ptr<PlacedChunks>> placed_;
  std::vector<Candidate> best_;
  std::uint32_t looked_at_ = 0;
};

}  // namespace lockstep::workloads
