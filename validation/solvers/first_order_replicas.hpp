#pragma once

#include "validation/solvers/first_order.hpp"

namespace lockstep::validation {

// The two passes of a microbatch on one device, communication that nothing hides included; and a hop between stages.
struct Passes {
  Seconds forward = {}, backward = {};
  Seconds hop = {};
};

// What data parallelism and ZeRO add to a step: to every pass, for which the devices stand still, and to the step.
struct ReplicaCosts {
  Seconds gradients_in_passes = {}, parameters_in_forward = {}, parameters_in_backward = {};  // of each microbatch
  Seconds gradients = {}, parameters = {};                                                    // once
  Seconds gradients_in_full = {};  // what all reductions take, hidden or not
  Bytes traffic = {};              // that a rank sends in a step
  double buckets = 1;              // of a device's gradients
};
ReplicaCosts replica_costs(const FirstOrderCase& plan, const FirstOrderWork& work, const GroupLinks& links,
                           const Passes& passes);

}  // namespace lockstep::validation
