#pragma once

#include <memory>

#include "sim/audience.hpp"
#include "sim/metrics/critical_path.hpp"
#include "sim/metrics/stage_watch.hpp"
#include "sim/metrics/time_use.hpp"
#include "workloads/training/training_program.hpp"

namespace lockstep::sim {

// All who watch a training step, for what its results say.
class TrainingWatch {
 public:
  TrainingWatch(const Job& job, const std::shared_ptr<const workloads::TrainingProgram>& program);
  TrainingWatch(const TrainingWatch&) = delete;
  TrainingWatch& operator=(const TrainingWatch&) = delete;

  Observer& observer() { return audience_; }
  const StageWatch& stages() const { return stages_; }
  const CriticalPath& path() const { return path_; }
  const TimeUseWatch& time() const { return time_; }

 private:
  StageWatch stages_;
  CriticalPath path_;
  TimeUseWatch time_;
  Audience audience_;
};

}  // namespace lockstep::sim
