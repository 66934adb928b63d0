#include "sim/metrics/lane_ends.hpp"

namespace lockstep::sim {

LaneEnds::LaneEnds(const Job& job) : first_lane_{0}, has_delays_(job.program->has_delays()) {
  for (std::uint32_t rank = 0; rank < job.program->first_agent(); ++rank) {
    first_lane_.push_back(first_lane_.back() + job.program->stream_count(workloads::RankId(rank)));
  }
  lanes_.resize(first_lane_.back(), {.end = job.start});
  if (has_delays_) ends_.resize(lanes_.size());
}

void LaneEnds::add(std::uint32_t number, Seconds end) {
  ++lanes_[number].done;
  lanes_[number].end = end;
  if (has_delays_) ends_[number].push_back(end);
}

const workloads::Wait* LaneEnds::awaited(const OpSpan& span) const {
  const workloads::Wait* last = nullptr;
  Seconds over = lanes_[lane(span.place)].end;
  // A lane that is further on by now did all of that in no time if it was awaited until now: so those come second.
  for (const bool is_further : {false, true}) {
    for (const workloads::Wait& wait : span.op->waits) {
      const std::uint32_t number = lane_of(wait, span.place);
      if ((!has_delays_ && lanes_[number].done > wait.position + 1) != is_further) continue;
      const Seconds end = end_of(wait, number) + wait.delay;
      if (end <= over) continue;
      over = end;
      last = &wait;
    }
  }
  return last;
}

}  // namespace lockstep::sim
