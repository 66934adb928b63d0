#pragma once

#include <optional>
#include <string>

#include "cli/heat_map.hpp"
#include "sim/scenario/scenario.hpp"
#include "studies/attribution/attribution.hpp"

namespace lockstep::cli {

// For people: tables of who is to blame, a heat map, and how much straggling there is in all.
std::string attribution_text(const sim::Scenario& scenario, const studies::Attribution& attribution,
                             const DrawingStyle& style);

// By replica and stage what healing a worker saves; where nothing is disturbed, by how much a worker slows the step
// down. Absent where there are no stages or replicas.
std::optional<HeatMap> heat_map_of(const studies::Attribution& attribution);

}  // namespace lockstep::cli
