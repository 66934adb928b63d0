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

TrainingWatch::TrainingWatch(const Job& job, const std::shared_ptr<const TrainingProgram>& program)
    : stages_(stages_of_ranks(*program),
              [program](RankId rank, std::uint64_t position) { return program->task_of(rank, position); }),
      path_(job),
      time_(job) {
  audience_.add(stages_);
  audience_.add(path_);
  audience_.add(time_);
}

}  // namespace lockstep::sim
