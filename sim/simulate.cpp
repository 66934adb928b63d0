#include "sim/simulate.hpp"

#include "sim/executor/executor.hpp"

namespace lockstep::sim {

Timeline simulate(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options,
                  Observer* observer, Conditions* conditions) {
  RouteTable routes(fleet, conditions);
  const std::unique_ptr<Network> network = make_network(routes, options);
  const auto start = options.eager ? Executor::Start::eager : Executor::Start::rendezvous;
  return Executor(
             jobs,
             {.routes = routes, .network = *network, .start = start, .observer = observer, .conditions = conditions})
      .run();
}

Timeline simulate(const topology::Fleet& fleet, SelfDriven& workload, const EngineOptions& options,
                  const Circumstances& circumstances) {
  RouteTable routes(fleet, circumstances.conditions);
  const std::unique_ptr<Network> network = make_network(routes, options);
  return workload.run({.routes = routes,
                       .network = *network,
                       .conditions = circumstances.conditions,
                       .replica = circumstances.replica});
}

}  // namespace lockstep::sim
