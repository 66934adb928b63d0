#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::studies {

// Which part of a workload a rank does.
struct Seat {
  std::uint32_t replica = 0;  // data-parallel
  std::uint32_t stage = 0;    // of the pipeline
  friend auto operator<=>(const Seat&, const Seat&) = default;
};

// The seats of a workload's ranks. Ranks that share one (tensor and context parallelism) are one worker.
struct Seating {
  std::vector<Seat> of_rank;
  std::uint32_t replicas = 1;
  std::uint32_t stages = 1;
  bool is_known = false;  // otherwise each rank is a replica, for want of anything better
};
Seating seating_of(const sim::Job& job);

}  // namespace lockstep::studies
