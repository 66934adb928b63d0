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
  TimeUse& operator+=(const TimeUse& other);
  TimeUse& operator*=(double factor);
  TimeUse& operator/=(double count);
};

// Divides the time of each rank of a job whose first streams are the main ones, as those of training steps are. While
// the device computes for any stream of the rank, the rank computes. Else what the main stream does counts, and where
// it waits for another stream, what that does.
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
  // Of the mean rank, where ranks may stand for several.
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
    Seconds until = {};          // what it did is known
    Seconds began = {};          // the operation that it is at
    Seconds message_start = {};  // of that operation's message that ended last, or else started last
    // Of streams that are not main: what the main one may ask for. Without what they compute, and without bubbles.
    std::vector<Stretch> known = {};
  };
  struct Rank {
    TimeUse use = {};  // until the main stream computed last, and all that is computed
    // Since then, each in order:
    std::vector<Stretch> idle = {};    // what the main stream did
    std::vector<Stretch> beside = {};  // what the other streams computed
  };
  struct Call {
    std::uint32_t members_left = 0;
    Seconds last = {};  // when the last member came
  };

  static void add(const Stretch& stretch, TimeUse& use);
  void note(const OpPlace& place, const Stretch& stretch);
  void note_waiting(const OpPlace& place, const workloads::Wait& wait, Seconds until);
  void note_computing(const OpSpan& span);
  template <class Sink>
  static void divide(std::span<const Stretch> known, Stretch whole, Sink sink);
  static void settle(const Rank& rank, TimeUse& use);

  std::shared_ptr<const workloads::StepProgram> program_;
  LaneEnds ends_;
  std::vector<Lane> lanes_;
  std::vector<Rank> ranks_;
  std::vector<Call> calls_;  // by their numbers
};

}  // namespace lockstep::sim
