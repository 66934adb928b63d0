#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validation/crowding.hpp"
#include "validation/solvers/first_order.hpp"
#include "validation/training/group_links.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// What computation amounts to, communication aside: of one microbatch, over all chunks of the model together.
struct ComputeSums {
  struct Passes {
    Seconds forward = {};
    Seconds backward = {};  // with what is worked out again, unless whole layers are
    Seconds again = {};     // the forward pass of layers that run twice
    Seconds executed() const { return forward + backward + again; }
  };
  Passes plain;       // all but:
  Passes in_context;  // what attends round a context ring
  Seconds executed() const { return plain.executed() + in_context.executed(); }
};
ComputeSums sums_of(const workloads::StepCosts& costs);

// The same job on devices where every operator reaches the same share of the peak, and memory and launches cost
// nothing.
struct FlatJob {
  workloads::TrainingSpec spec;
  workloads::DeviceRates rates;
};
FlatJob flat_job(const workloads::TrainingSpec& spec, const workloads::DeviceRates& rates, double efficiency);

// Where messages met in a run without contention, if there was one.
struct WatchedRun {
  bool is_known = false;
  std::optional<Crowd> worst = {};
};

// What is true of a training step: the figures that closed forms take, and what their assumptions look at.
class TrainingSituation {
 public:
  explicit TrainingSituation(const TrainingCase& subject);

  const TrainingCase& subject() const { return *subject_; }
  const workloads::TrainingSpec& spec() const { return subject_->spec; }
  const workloads::ParallelPlan& plan() const { return subject_->spec.execution.plan; }
  std::uint64_t microbatches() const { return subject_->spec.microbatches(); }
  const workloads::RankLayout& layout() const { return layout_; }

  // Of the first rank's device, whose experts have an equal load.
  const workloads::DeviceRates& rates() const { return rates_; }
  const workloads::StepCosts& costs() const { return costs_; }
  // What a device of the mean stage computes in the whole step.
  Seconds compute_of_device() const;
  // All flops over what the device could do in the time that they take, memory and launches aside.
  double efficiency() const { return efficiency_; }
  // Layers of the model that are no ends of it.
  std::uint64_t layers() const;

  const ModelFigures& model() const { return model_; }
  // The fleet as closed forms take it.
  const FleetFigures& figures() const { return figures_; }

  struct Links {
    GroupCost tensor, context, expert, data, expert_data, pipeline;
    GroupLinks slowest() const;
  };
  const Links& links() const { return links_; }

  // How messages meet in a case, this one or what a change of that name makes of it. That run happens when it is first
  // asked for, unless it would be long or says nothing of the network.
  const WatchedRun& crowd() const;
  const WatchedRun& crowd_with(std::string_view name, const std::function<void(TrainingCase&)>& change) const;

  // The first-order model of this step; absent where it does not speak of such steps.
  const std::optional<FirstOrderCase>& first_order_case() const { return first_order_; }
  const std::optional<FirstOrderStep>& first_order() const { return step_; }

 private:
  void find_efficiency();
  void find_first_order();
  void measure_links();

  const TrainingCase* subject_;
  workloads::RankLayout layout_;
  workloads::DeviceRates rates_;
  workloads::StepCosts costs_;
  double efficiency_ = 1;
  ModelFigures model_;
  FleetFigures figures_;
  Links links_;
  std::optional<FirstOrderCase> first_order_;
  std::optional<FirstOrderStep> step_;
  mutable std::map<std::string, WatchedRun, std::less<>> crowds_;  // by the name of the change
};

}  // namespace lockstep::validation
