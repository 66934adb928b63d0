#pragma once

#include <string>
#include <vector>

#include "topology/fleet.hpp"
#include "workloads/training/training_spec.hpp"

namespace lockstep::workloads {

// The device of each rank of the job, among `devices`, as its placement says. Throws InputError at `where` where the
// nodes do not allow that placement.
std::vector<topology::VertexId> place_ranks(const TrainingSpec& spec, const topology::Fleet& fleet,
                                            const std::vector<topology::VertexId>& devices, const std::string& where);

}  // namespace lockstep::workloads
