#pragma once

#include <cstdint>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::sim {

// When the streams of a job were done with their operations, for observers who ask what an operation waited for.
class LaneEnds {
 public:
  explicit LaneEnds(const Job& job);

  std::uint32_t size() const { return static_cast<std::uint32_t>(lanes_.size()); }
  // The number of a stream of a rank; those of a rank follow each other.
  std::uint32_t lane(workloads::RankId rank, workloads::StreamId stream) const {
    return first_lane_[rank.value()] + stream.value();
  }
  std::uint32_t lane(const OpPlace& place) const { return lane(place.rank, place.stream); }
  std::uint32_t streams(workloads::RankId rank) const {
    return first_lane_[rank.value() + 1] - first_lane_[rank.value()];
  }
  std::uint32_t ranks() const { return static_cast<std::uint32_t>(first_lane_.size() - 1); }

  // The lane is done with one more operation.
  void add(std::uint32_t lane, Seconds end);
  std::uint64_t done(std::uint32_t lane) const { return lanes_[lane].done; }
  // Of the last operation, or the start of the job.
  Seconds end(std::uint32_t lane) const { return lanes_[lane].end; }

  // What an operation that begins now has waited for: the last thing to be over. Null where that is the operation
  // before it.
  const workloads::Wait* awaited(const OpSpan& span) const;
  std::uint32_t lane_of(const workloads::Wait& wait, const OpPlace& waiting) const {
    return lane(wait.rank.value_or(waiting.rank), wait.stream);
  }

 private:
  struct Lane {
    std::uint64_t done = 0;
    Seconds end = {};
  };
  // No later than the lane's last operation.
  Seconds end_of(const workloads::Wait& wait, std::uint32_t lane) const {
    return has_delays_ ? ends_[lane][wait.position] : lanes_[lane].end;
  }

  std::vector<std::uint32_t> first_lane_;  // of each rank, and the end
  std::vector<Lane> lanes_;
  bool has_delays_;
  std::vector<std::vector<Seconds>> ends_;  // of each operation, where there are delays
};

}  // namespace lockstep::sim
