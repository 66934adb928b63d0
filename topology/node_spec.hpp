#pragma once

#include <string>

#include "topology/fleet_spec.hpp"

namespace lockstep::topology {

class FleetBuilder;

// One node as a fleet of its own, to be set up many times: named from the catalog, written out, or read from a file
// such as NCCL's topology XML.
Fleet read_node(const JsonFields& spec, const std::string& key, const FleetSources& sources);

// The parts of a node of `devices` devices: what joins them inside, and the NICs that lead out.
struct NodeShape {
  std::size_t devices = 0;
  DeviceModel model;
  std::string interconnect = "switch";  // switch, full_mesh, ring or none
  LinkProperties link;
  std::size_t nics = 0;
  LinkProperties nic_link;
};
Fleet make_node(const NodeShape& shape, const std::string& name);

// Adds node number `number` to the fleet and returns its end points: its NICs, or its devices where it has none.
std::vector<VertexId> add_node(FleetBuilder& fleet, const Fleet& node, std::uint32_t number);

}  // namespace lockstep::topology
