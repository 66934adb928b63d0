#pragma once

#include <map>
#include <string>
#include <vector>

#include "topology/formats/formats.hpp"

namespace lockstep::topology {

// A cluster as schedulers are told of it: switches, and by name what hangs under each. Nodes may hang under several
// switches, and switches under several others, but no switch under itself.
struct SwitchTree {
  struct Switch {
    std::string name;
    std::vector<std::string> switches = {};
    std::vector<std::string> nodes = {};
    std::optional<Bandwidth> speed = {};  // of the cables to what hangs below
    std::string where = {};               // for messages
  };
  std::string name;
  std::vector<Switch> switches;
  std::vector<std::string> loose_nodes = {};         // nodes that the file puts under no switch
  std::map<std::string, std::uint32_t> pod_of = {};  // of nodes that the file groups beyond the tree
  std::vector<std::string> warnings = {};
};

// Each node becomes a device, each pair of neighbours is joined by one full-duplex cable. Levels are heights above the
// nodes, racks are the switches that have nodes, and routes go up and down.
// Throws InputError for names used twice, switches that no one describes, and cycles.
Fleet fleet_of(const SwitchTree& tree, const ImportOptions& options);

}  // namespace lockstep::topology
