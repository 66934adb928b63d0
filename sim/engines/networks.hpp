#pragma once

#include <memory>
#include <span>

#include "base/named_table.hpp"
#include "sim/engines/ports_network.hpp"

// Networks by name: each is one file and one line of the table in networks.cpp.
namespace lockstep::sim {

struct EngineOptions {
  std::string network = "fluid";
  PortModel ports = {};  // of network "ports"
  bool eager = false;    // a message starts with its send, even where nobody receives it yet
  bool fold = true;      // one of each set of equal ranks stands for all of them (docs/folding.md)
};

using NetworkFunction = std::unique_ptr<Network> (*)(RouteTable& routes, const EngineOptions& options);
std::span<const NamedEntry<NetworkFunction>> networks();
// The one that the options name. Throws InputError for an unknown name.
std::unique_ptr<Network> make_network(RouteTable& routes, const EngineOptions& options);

}  // namespace lockstep::sim
