#pragma once

#include "validation/training/training_situation.hpp"

// What-ifs of a training step, as changes of its costs.
namespace lockstep::validation {

// How computation is to be multiplied.
struct PassFactors {
  double forward = 1, backward = 1;
};
// Of all items but those of a context ring, or of those alone.
void scale_compute(workloads::StepCosts& costs, const PassFactors& plain, const PassFactors& in_context);

// Shares everything out evenly: every chunk gets as many layers, and every layer computes and holds as much, as the
// mean layer of the model with its share of what stands before the first layer and after the last one.
void spread_evenly(workloads::StepCosts& costs, const workloads::ParallelPlan& plan, const workloads::Model& model);

// Lets the gradients (and weights) of each chunk be ready, and travel, in so many parts of equally many layers.
void gather_into_buckets(workloads::StepCosts& costs, std::uint64_t of_each_chunk);

// Lets calls of one purpose take a fixed time each, so that in all of them a device waits `in_all` in a pass of one
// microbatch through its chunks, forward and backward together.
void fix_calls(workloads::StepCosts& costs, workloads::Purpose purpose, Seconds in_all);

// Gradients and weights, in all.
struct HeldBytes {
  workloads::GradientBytes weights = {}, gradients = {};
};
HeldBytes held_bytes(const workloads::StepCosts& costs);

}  // namespace lockstep::validation
