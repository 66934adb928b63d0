#include "sim/simulate.hpp"

#include "sim/executor/executor.hpp"

namespace lockstep::sim {

Timeline simulate(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options,
                  Observer* observer, Conditions* conditions) {
  RouteTable routes(fleet, conditions);
  const auto& entry = find_entry(networks(), options.network, "network", "engine.network");
  const std::unique_ptr<Network> network = entry.function(routes, options);
  const auto start = options.eager ? Executor::Start::eager : Executor::Start::rendezvous;
  return Executor(
             jobs,
             {.routes = routes, .network = *network, .start = start, .observer = observer, .conditions = conditions})
      .run();
}

}  // namespace lockstep::sim
