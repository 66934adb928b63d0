#pragma once

#include "validation/solvers/solver.hpp"

// The forms of step_forms.hpp one by one, as solvers.
namespace lockstep::validation {

extern const Solver gradient_overlap;
extern const Solver data_parallel_bytes;
extern const Solver sharded_layers;
extern const Solver data_parallel_scaling;
extern const Solver tensor_parallel;
extern const Solver expert_parallel;
extern const Solver context_parallel;
extern const Solver optimizer_state;
extern const Solver activations;
extern const Solver training_flops;
extern const Solver flops_utilization;
extern const Solver scaling_efficiency;

}  // namespace lockstep::validation
