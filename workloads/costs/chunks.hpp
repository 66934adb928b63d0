#pragma once

#include "workloads/costs/efficiency.hpp"
#include "workloads/costs/operators.hpp"

// What a pipeline chunk computes for one microbatch: its layers, and at the ends of the model the look-up of words,
// final norm, head, loss and prediction modules. What stands at the ends is never worked out again.
namespace lockstep::workloads {

PassWork work_of_chunk(const Model& model, const Execution& execution, std::uint32_t chunk);
PassTimes times_of_chunk(const Model& model, const Execution& execution, std::uint32_t chunk, const DeviceRates& rates,
                         const EfficiencyModel& efficiency);

// What all ranks together execute in a step, the optimizer aside: HFU stands on it. `microbatches` of each replica.
Flops executed_flops(const Model& model, const Execution& execution, std::uint64_t microbatches);

}  // namespace lockstep::workloads
