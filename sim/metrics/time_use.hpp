#pragma once

#include <span>
#include <vector>

#include "sim/metrics/lane_ends.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// What the time of a rank, from the start of its job to the end, went into. The parts add up to all of it.
struct TimeUse {
  std::vector<Seconds> computing;  // by phase of the operations
  std::vector<Seconds> exposed;    // to communication that the main stream stood still for; by phase
  Seconds straggling = {};         // in collectives, until their last member came
  Seconds delays = {};             // that operations let pass
  Seconds bubble = {};             // to nothing: there was nothing to do yet, or any more

  Seconds total() const;
};

// Divides the time of each rank of a job whose first streams are the main ones, as those of training steps are: what
// the main stream does counts, and where it waits for another stream, what that does.
class TimeUseWatch final : public Observer {
 public:
  // Has to be told of this job alone.
  explicit TimeUseWatch(const Job& job);

  bool wants_inner() const override { return false; }
  void op_begun(const OpSpan& span) override;
  void op_done(const OpSpan& span) override;
  void message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) override;
  void message_done(const MessageSpan& span) override;

  // Of a run that is over. `job` is its timeline.
  TimeUse of(workloads::RankId rank, const JobTimeline& job) const;
  // Of the mean rank.
  TimeUse mean(const JobTimeline& job) const;

 private:
  enum class What : std::uint8_t { computing, exposed, straggling, delay, bubble };
  struct Stretch {
    What what = {};
    std::uint16_t phase = 0;
    Seconds start = {};
    Seconds end = {};
  };
  struct Lane {
    Seconds until = {};               // what it did is known
    Seconds began = {};               // the operation that it is at
    Seconds message_start = {};       // of that operation's message that ended last, or else started last
    std::vector<Stretch> known = {};  // of streams that are not main: what the main one may ask for; no bubbles
  };
  struct Call {
    std::uint32_t members_left = 0;
    Seconds last = {};  // when the last member came
  };

  static void add(const Stretch& stretch, TimeUse& use);
  void note(const OpPlace& place, const Stretch& stretch);
  void note_waiting(const OpPlace& place, const workloads::Wait& wait, Seconds until);
  void note_queueing(const OpPlace& place, Seconds until);
  template <class Sink>
  static void divide(std::span<const Stretch> known, Seconds from, Seconds to, Sink sink);

  LaneEnds ends_;
  std::vector<Lane> lanes_;
  std::vector<TimeUse> uses_;   // of each rank
  std::vector<Call> calls_;     // by their numbers
  std::vector<Stretch> ahead_;  // in a device's queue; kept for its memory
};

}  // namespace lockstep::sim
