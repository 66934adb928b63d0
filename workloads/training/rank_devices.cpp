#include "workloads/training/rank_devices.hpp"

#include "base/error.hpp"
#include "workloads/costs/communication.hpp"
#include "workloads/plan/placement_search.hpp"

namespace lockstep::workloads {
namespace {

Placement placement_of(const TrainingSpec& spec, const topology::Fleet& fleet,
                       const std::vector<topology::VertexId>& devices) {
  const ParallelPlan& plan = spec.execution.plan;
  const auto ranks = static_cast<std::uint32_t>(plan.ranks());
  switch (spec.placement.rule) {
    case PlacementRule::packed:
      return place_packed(nodes_of(fleet, devices), ranks);
    case PlacementRule::spread:
      return place_spread(nodes_of(fleet, devices), ranks);
    case PlacementRule::rail_aware:
      return place_rail_aware(nodes_of(fleet, devices), plan);
    case PlacementRule::listed:
      return spec.placement.listed;
    case PlacementRule::optimized:
      break;
  }
  const TrafficVolumes volumes = traffic_volumes(spec.model, spec.execution, spec.microbatches());
  return optimize_placement(RankLayout(plan), volumes, fleet, devices);
}

}  // namespace

std::vector<topology::VertexId> place_ranks(const TrainingSpec& spec, const topology::Fleet& fleet,
                                            const std::vector<topology::VertexId>& devices, const std::string& where) {
  try {
    std::vector<topology::VertexId> placed;
    for (const std::uint32_t device : placement_of(spec, fleet, devices)) placed.push_back(devices[device]);
    return placed;
  } catch (const InputError& error) {
    InputError::Text text = error.text();
    if (text.where.empty()) text.where = where;
    throw InputError(text);
  }
}

}  // namespace lockstep::workloads
