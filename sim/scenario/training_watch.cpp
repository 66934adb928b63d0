#include "sim/scenario/training_watch.hpp"

namespace lockstep::sim {
namespace {

using workloads::RankId;
using workloads::TrainingProgram;

std::vector<StageWatch::Member> members_of(const Job& job, const TrainingProgram& program) {
  std::vector<StageWatch::Member> members;
  for (std::uint32_t rank = 0; rank < job.program->first_agent(); ++rank) {
    const auto role = job.program->role(RankId(rank));
    members.push_back({.stage = program.layout().coordinates(role.rank).pipeline, .count = role.count});
  }
  return members;
}

// Of each rank that is simulated: the first that it stands for.
std::vector<RankId> ranks_played(const Job& job) {
  std::vector<RankId> ranks;
  for (std::uint32_t rank = 0; rank < job.program->first_agent(); ++rank) {
    ranks.push_back(job.program->role(RankId(rank)).rank);
  }
  return ranks;
}

}  // namespace

TrainingWatch::Step::Step(const Job& job, const std::shared_ptr<const TrainingProgram>& program)
    : stages(members_of(job, *program),
             [program, played = ranks_played(job)](RankId rank, std::uint64_t position) {
               return program->task_of(played[rank.value()], position);
             }),
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

std::vector<PathStep> TrainingWatch::last_path() const {
  std::vector<PathStep> path = step_->path.path();
  for (PathStep& step : path) step.rank = job_.program->role(step.rank).rank;
  return path;
}

TimeUse TrainingWatch::mean_use(const JobTimeline& job) const {
  TimeUse use = step_->time.mean({.start = job_.start, .end = job.last_step_end()});
  use /= 1 / static_cast<double>(1 + job.repeated);  // for each step that it stands for
  use += use_;
  use /= static_cast<double>(job.steps());
  return use;
}

}  // namespace lockstep::sim
