#pragma once

#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// {"kind": "pipeline", "schedule": "1f1b", "stages": 8, "microbatches": 32, "forward": "10 ms", "backward": "20 ms"}.
std::unique_ptr<Workload> read_pipeline_kind(const JsonFields& fields, const WorkloadGround& ground);

// As many devices as the schedule has, with nothing between them: hops take the time that is stated, or none.
topology::Fleet devices_of_pipeline(const JsonFields& fields);

}  // namespace lockstep::sim
