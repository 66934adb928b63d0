#include "sim/simulate.hpp"

#include <algorithm>
#include <map>

#include "sim/executor/executor.hpp"

namespace lockstep::sim {

std::vector<Job> with_hot_experts(std::span<const Job> jobs, double factor) {
  std::vector<Job> hot(jobs.begin(), jobs.end());
  std::map<const workloads::StepProgram*, std::shared_ptr<const workloads::StepProgram>> made;
  for (Job& job : hot) {
    const double most = job.program->hottest_experts();
    if (most == 1) continue;
    auto& program = made[job.program.get()];
    if (program == nullptr) program = job.program->with_hot_experts(std::min(factor, most));
    job.program = program;
  }
  return hot;
}

Timeline simulate(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options,
                  Observer* observer, Conditions* conditions) {
  std::vector<Job> hot;
  if (conditions != nullptr && conditions->expert_heat() > 1) {
    hot = with_hot_experts(jobs, conditions->expert_heat());
    jobs = hot;
  }
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
