#pragma once

#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// {"kind": "updates", "protocol": "async", "workers": 16, "compute": "10 ms", "payload": "100 MB", "updates": 10000}.
std::unique_ptr<Workload> read_updates_kind(const JsonFields& fields, const WorkloadGround& ground);

// As many devices as there are workers, and a parameter server that is reached for free.
topology::Fleet devices_of_updates(const JsonFields& fields);

}  // namespace lockstep::sim
