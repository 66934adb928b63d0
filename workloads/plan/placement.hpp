#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "topology/fleet.hpp"
#include "workloads/plan/rank_layout.hpp"

// On which device each rank runs.
namespace lockstep::workloads {

// The entry of rank n is a number among the devices of the workload; no two are equal.
using Placement = std::vector<std::uint32_t>;

// How ranks are put on devices.
enum class PlacementRule : std::uint8_t {
  packed,      // in the order of the devices, node by node
  spread,      // next ranks on next nodes
  rail_aware,  // replicas on the same place of their nodes, so that gradients stay on their rails
  listed,      // as the user says
  optimized    // least traffic times distance
};

struct PlacementSpec {
  PlacementRule rule = PlacementRule::packed;
  std::vector<std::uint32_t> listed = {};  // of PlacementRule::listed
};
// Reads `key`: one of the names above or a list with one device a rank; packed where it is absent. Throws InputError.
PlacementSpec read_placement(const JsonFields& fields, const std::string& key, std::uint64_t devices);
Json as_json(const PlacementSpec& spec);

// The node of each of `devices`; devices that the fleet puts into no node are a node each.
std::vector<std::uint32_t> nodes_of(const topology::Fleet& fleet, const std::vector<topology::VertexId>& devices);

// `nodes` has one entry a device. These throw InputError where the nodes do not allow it.
Placement place_packed(const std::vector<std::uint32_t>& nodes, std::uint32_t ranks);
Placement place_spread(const std::vector<std::uint32_t>& nodes, std::uint32_t ranks);
Placement place_rail_aware(const std::vector<std::uint32_t>& nodes, const ParallelPlan& plan);

}  // namespace lockstep::workloads
