#include "sim/scenario/training_watch.hpp"

namespace lockstep::sim {
namespace {

using workloads::RankId;
using workloads::TrainingProgram;

std::vector<std::uint32_t> stages_of_ranks(const TrainingProgram& program) {
  std::vector<std::uint32_t> stages;
  for (std::uint32_t rank = 0; rank < program.rank_count(); ++rank) {
    stages.push_back(program.layout().coordinates(RankId(rank)).pipeline);
  }
  return stages;
}

}  // namespace

TrainingWatch::Step::Step(const Job& job, const std::shared_ptr<const TrainingProgram>& program)
    : stages(stages_of_ranks(*program),
             [program](RankId rank, std::uint64_t position) { return program->task_of(rank, position); }),
      path(job),
      time(job) {
  audience.add(stages);
  audience.add(path);
  audience.add(time);
}

TrainingWatch::TrainingWatch(Job job, std::shared_ptr<const TrainingProgram> program)
    : job_(std::move(job)), program_(std::move(program)) {}

// A step begins when the one before has ended.
void TrainingWatch::job_begun(std::uint32_t, Seconds now) {
  if (step_ != nullptr) use_ += step_->time.mean({.start = job_.start, .end = now});
  job_.start = now;
  step_ = std::make_unique<Step>(job_, program_);
}

TimeUse TrainingWatch::mean_use(const JobTimeline& job) const {
  TimeUse use = step_->time.mean({.start = job_.start, .end = job.last_step_end()});
  use /= 1 / static_cast<double>(1 + job.repeated);  // for each step that it stands for
  use += use_;
  use /= static_cast<double>(job.steps());
  return use;
}

}  // namespace lockstep::sim
