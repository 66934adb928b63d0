#pragma once

#include <vector>

#include "sim/timeline.hpp"
#include "workloads/checkpoint/checkpoint_program.hpp"

namespace lockstep::sim {

// The traffic of one checkpoint as a job: alone in a simulation it is a blocking one; beside the steps of a training
// job, an asynchronous one that contends with them. `devices` has one entry a rank of `load`. Throws InputError where
// the fleet has no storage to save to or load from, or no second node whose memory could keep a copy.
Job checkpoint_job(const workloads::CheckpointLoad& load, const topology::Fleet& fleet,
                   std::vector<topology::VertexId> devices, const workloads::CheckpointTraffic& traffic = {});

}  // namespace lockstep::sim
