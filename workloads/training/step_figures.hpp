#pragma once

#include <optional>

#include "workloads/training/training_spec.hpp"

namespace lockstep::workloads {

// What people ask of a training step whose duration is known, whoever said how long it takes.
struct StepFigures {
  double sequences_per_s = 0;
  double tokens_per_s = 0;
  double tokens_per_s_per_device = 0;
  FlopRate model_flops_per_device = {};  // that the model needs
  double mfu = 0;                        // what the model needs, of the devices' peak
  double hfu = 0;                        // what they execute, of the same
};

// `peak` is that of all devices together, and `sequences` those that count, if that is not the global batch. A step
// that takes no time has no figures.
StepFigures figures_of(const TrainingSpec& spec, Seconds step, FlopRate peak, std::optional<double> sequences = {});

}  // namespace lockstep::workloads
