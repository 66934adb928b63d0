#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::sim {

// Notes how long the stages of a training step's pipeline are busy with their tasks, as formulas of pipelines see it: a
// task lasts from the first to the last of the operations that it is made of, blocking collectives included.
class StageWatch final : public Observer {
 public:
  // The task that the operation at a place of stream 0 belongs to; none for what belongs to no microbatch.
  using TaskOf = std::function<std::optional<std::uint32_t>(workloads::RankId rank, std::uint64_t position)>;
  // A rank: its stage, and of how many that are equal.
  struct Member {
    std::uint32_t stage = 0;
    std::uint32_t count = 1;
  };
  StageWatch(std::vector<Member> members, TaskOf task_of);

  bool wants_inner() const override { return false; }
  void op_done(const OpSpan& span) override;
  void message_done(const MessageSpan&) override {}

  struct Stage {
    Seconds busy;         // mean over its ranks
    Seconds first_start;  // of its first rank to start
    Seconds last_end;     // of its last rank to end
  };
  struct Summary {
    std::vector<Stage> stages;
    // The idle share of all ranks' time from the first start of a task to the last end.
    double bubble_fraction = 0;
  };
  // Times count from `start`.
  Summary summary(Seconds start) const;

 private:
  struct RankTasks {
    std::optional<std::uint32_t> current;
    Seconds began;  // the current task
    Seconds busy;   // with those before it
    Seconds first_start;
    Seconds last_end;
  };

  std::vector<Member> members_;
  TaskOf task_of_;
  std::vector<RankTasks> ranks_;
};

}  // namespace lockstep::sim
