#include "studies/attribution/seating.hpp"

#include "workloads/training/training_program.hpp"

namespace lockstep::studies {

using workloads::RankId;

Seating seating_of(const sim::Job& job) {
  Seating seating;
  const auto ranks = static_cast<std::uint32_t>(job.placement.size());
  if (const auto* training = dynamic_cast<const workloads::TrainingProgram*>(job.program.get())) {
    const workloads::ParallelPlan& plan = training->spec().execution.plan;
    seating = {.of_rank = {}, .replicas = plan.data, .stages = plan.pipeline, .is_known = true};
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      const workloads::Coordinates place = training->layout().coordinates(RankId(rank));
      seating.of_rank.push_back({.replica = place.data, .stage = place.pipeline});
    }
    return seating;
  }
  const bool is_pipeline = dynamic_cast<const workloads::ScheduleProgram*>(job.program.get()) != nullptr;
  (is_pipeline ? seating.stages : seating.replicas) = ranks;
  seating.is_known = is_pipeline;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    seating.of_rank.push_back(is_pipeline ? Seat{.stage = rank} : Seat{.replica = rank});
  }
  return seating;
}

}  // namespace lockstep::studies
