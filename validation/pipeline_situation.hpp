#pragma once

#include <optional>
#include <vector>

#include "validation/closed_forms/pipelines.hpp"
#include "validation/closed_forms/split_pipelines.hpp"
#include "validation/closed_forms/unequal_pipelines.hpp"
#include "validation/crowding.hpp"
#include "validation/pipeline_case.hpp"

namespace lockstep::validation {

// What a device's whole share of one microbatch takes, on average over microbatches.
struct StageShare {
  Seconds forward;
  Seconds backward;
  Seconds input_gradient;
  Seconds weight_gradient;
  Seconds overlapped;  // of a forward and a backward at once

  StageCost whole() const { return {.forward = forward, .backward = backward}; }
  SplitCost split() const {
    return {.forward = forward, .input_gradient = input_gradient, .weight_gradient = weight_gradient};
  }
};

// A hop between two devices when nothing else is under way.
struct HopTimes {
  Seconds least;
  Seconds most;
};

// What is true of a pipeline: the figures that closed forms take, and what their assumptions look at.
class PipelineSituation {
 public:
  explicit PipelineSituation(const PipelineCase& subject);

  const PipelineCase& subject() const { return *subject_; }
  const PipelineShape& shape() const { return shape_; }
  const std::vector<StageShare>& stages() const { return stages_; }
  std::vector<StageCost> stage_costs() const;
  // Of the mean stage.
  const StageShare& mean() const { return mean_; }
  // Of the slowest hop; nothing where no hop leaves its device.
  Seconds transfer() const { return hops_.most; }
  const HopTimes& hops() const { return hops_; }
  bool occupies_senders() const {
    return subject_->times.occupies == workloads::TransferOccupies::sender && transfer() > Seconds(0);
  }

  // Of hops that are messages, in a run without contention; that run happens when it is first asked for.
  const Crowding& crowding() const;

  // The one stage that takes longer than all others, which are alike; and what one of those takes.
  struct OneSlowStage {
    SlowStage slow;
    StageCost others;
  };
  std::optional<OneSlowStage> slow_stage() const;

 private:
  void add_share(std::uint32_t chunk);
  void measure_hops();

  const PipelineCase* subject_;
  PipelineShape shape_;
  std::vector<StageShare> stages_;
  StageShare mean_;
  HopTimes hops_;
  mutable std::optional<Crowding> crowding_;
};

}  // namespace lockstep::validation
