#pragma once

#include <span>
#include <vector>

#include "sim/metrics/lane_ends.hpp"
#include "sim/metrics/path_chains.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// Finds what determined the end of a job: a path through its own operations and messages, from its start to its end
// without a hole. Every operation is led back to what it waited for last: the one before it in its stream, one that it
// waits for, or that which occupied its device. A message starts with the side that was ready last, and a collective
// with the member that came last, as if none could be done before all have come.
class CriticalPath final : public Observer {
 public:
  // Has to be told of this job alone.
  explicit CriticalPath(const Job& job);

  bool wants_inner() const override { return false; }
  void op_begun(const OpSpan& span) override;
  void op_done(const OpSpan& span) override;
  void message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) override;
  void message_done(const MessageSpan& span) override;

  // Of the run, once it is over: each step starts where the one before it ends.
  std::vector<PathStep> path() const { return chains_.steps(last_); }
  // How many steps are kept just now.
  std::size_t size() const { return chains_.size(); }

 private:
  using Chain = PathChains::Chain;
  struct Lane {
    Chain end = PathChains::beginning;    // of the last that is done
    Chain ready = PathChains::beginning;  // when the present one began
    std::vector<Chain> ends = {};         // of all, where there are delays
    Seconds began = {};
    workloads::Label label = {};
    // Of the present one, if it exchanges: up to the start of what was sent last, and to the end of what ended last.
    bool has_sent = false;
    bool has_ended = false;
    Chain sent = PathChains::beginning;
    Chain ended = PathChains::beginning;
  };
  struct Message {
    Chain start = PathChains::beginning;
    PathStep step;
  };
  struct Call {
    std::uint32_t members_left = 0;
    workloads::RankId last;  // to come
    Seconds last_came = {};
    Chain chain = PathChains::beginning;  // up to then
  };

  Lane& lane_at(const OpPlace& place) { return lanes_[ends_.lane(place)]; }
  void enter_call(const OpSpan& span, const Lane& lane);
  Chain start_of_compute(const OpSpan& span, const Lane& lane);
  Chain end_of_exchange(const OpSpan& span, const Lane& lane, const PathStep& step);
  Chain end_of_collective(const OpSpan& span, const PathStep& step);

  PathChains chains_;
  LaneEnds ends_;
  std::vector<Lane> lanes_;
  bool has_delays_;
  std::vector<Chain> computed_;         // what each vertex did last
  std::vector<Message> messages_;       // by their numbers
  std::vector<Call> calls_;             // by their numbers
  Chain last_ = PathChains::beginning;  // to what was done last
};

// How long a path is spent on what.
struct PathSums {
  std::vector<Seconds> of_phase;  // operations and messages
  Seconds delays;
  Seconds clock;
  Seconds queueing;
  std::vector<Seconds> of_rank;  // all of them
};
PathSums sums_of(std::span<const PathStep> path);

}  // namespace lockstep::sim
