#pragma once

#include <optional>

#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {

// The distances of a grid of devices by formula: they add up over the dimensions. Absent unless the fleet's links are
// found to be exactly those of the grid that its routing names.
std::optional<HopMetrics> grid_hops(const Fleet& fleet);

}  // namespace lockstep::topology
