#include "sim/engines/networks.hpp"

#include <array>

#include "sim/engines/contention_free_network.hpp"
#include "sim/engines/fluid_network.hpp"

namespace lockstep::sim {
namespace {

std::unique_ptr<Network> make_fluid(RouteTable& routes, const EngineOptions&) {
  // Without links there is nothing to share, and SimGrid need not be loaded.
  if (routes.fleet().links().empty()) return std::make_unique<ContentionFreeNetwork>(routes);
  return std::make_unique<FluidNetwork>(routes, load_flow_sharing(routes.fleet()));
}

std::unique_ptr<Network> make_ports(RouteTable& routes, const EngineOptions& options) {
  return std::make_unique<PortsNetwork>(routes, options.ports);
}

std::unique_ptr<Network> make_contention_free(RouteTable& routes, const EngineOptions&) {
  return std::make_unique<ContentionFreeNetwork>(routes);
}

constexpr std::array table = {
    NamedEntry<NetworkFunction>{"fluid", "SimGrid: flows share every link of their routes max-min fairly.", make_fluid},
    NamedEntry<NetworkFunction>{"ports", "One sending and one receiving port a device, first come first served.",
                                make_ports},
    NamedEntry<NetworkFunction>{"contention_free", "Latency and bytes over the slowest link; nothing is shared.",
                                make_contention_free},
};

}  // namespace

std::span<const NamedEntry<NetworkFunction>> networks() {
  return table;
}

std::unique_ptr<Network> make_network(RouteTable& routes, const EngineOptions& options) {
  return find_entry(networks(), options.network, "network", "engine.network").function(routes, options);
}

}  // namespace lockstep::sim
