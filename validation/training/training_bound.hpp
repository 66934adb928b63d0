#pragma once

#include "validation/form_check.hpp"
#include "validation/training/training_situation.hpp"

namespace lockstep::validation {

// What no order of the same work on the same devices beats, each a bound for itself: "busy" is the device that computes
// most, with the shortest ways to its first and from its last task; "path" one microbatch through all chunks and back;
// "port" the bytes that a device has to send over all of its links together.
std::vector<BoundTerm> training_bound(const TrainingSituation& situation);

}  // namespace lockstep::validation
