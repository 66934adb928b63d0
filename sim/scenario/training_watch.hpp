#pragma once

#include <memory>

#include "sim/audience.hpp"
#include "sim/metrics/critical_path.hpp"
#include "sim/metrics/stage_watch.hpp"
#include "sim/metrics/time_use.hpp"
#include "workloads/training/training_program.hpp"

namespace lockstep::sim {

// All who watch a training job, for what its results say: how the mean step's time is used, and how the last went.
class TrainingWatch final : public Observer {
 public:
  // `job` is as it is simulated, `program` what its ranks play a part in.
  TrainingWatch(Job job, std::shared_ptr<const workloads::TrainingProgram> program);

  bool wants_inner() const override { return false; }
  void job_begun(std::uint32_t job, Seconds now) override;
  void op_begun(const OpSpan& span) override { step_->audience.op_begun(span); }
  void op_done(const OpSpan& span) override { step_->audience.op_done(span); }
  void message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) override {
    step_->audience.message_begun(message, from, cause);
  }
  void message_done(const MessageSpan& span) override { step_->audience.message_done(span); }

  // Of a run that is over. `job` is its timeline.
  StageWatch::Summary last_stages() const { return step_->stages.summary(job_.start); }
  // Through ranks of `program`: of those that stand for others, the first of them.
  std::vector<PathStep> last_path() const;
  TimeUse mean_use(const JobTimeline& job) const;

 private:
  struct Step {
    Step(const Job& job, const std::shared_ptr<const workloads::TrainingProgram>& program);
    StageWatch stages;
    CriticalPath path;
    TimeUseWatch time;
    Audience audience;
  };

  Job job_;  // from the start of the present step
  std::shared_ptr<const workloads::TrainingProgram> program_;
  std::unique_ptr<Step> step_;  // once one has begun
  TimeUse use_;                 // of all steps before
};

}  // namespace lockstep::sim
