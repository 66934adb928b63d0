#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "sim/simulate.hpp"
#include "tests/topology/fleets.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/collectives/data_flow.hpp"
#include "workloads/step_program/listed_program.hpp"

// Collectives on the fleets of the topology tests: their plans, and how long these take.
namespace lockstep::workloads::testing {

inline std::vector<topology::VertexId> all_devices(const topology::Fleet& fleet) {
  return {fleet.devices().begin(), fleet.devices().end()};
}

inline PlanPointer plan_on(const topology::Fleet& fleet, const CollectiveRequest& request,
                           Fidelity fidelity = Fidelity::message) {
  const std::vector<topology::VertexId> members = all_devices(fleet);
  return plan_collective(request, {fleet, members}, fidelity);
}

// What goes wrong with the data, or nothing.
inline std::string fault_on(const topology::Fleet& fleet, const CollectiveRequest& request) {
  return trace_data(*plan_on(fleet, request)).fault.value_or("");
}

// What a refusal says.
inline std::string refusal_on(const topology::Fleet& fleet, const CollectiveRequest& request) {
  try {
    plan_on(fleet, request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

struct Engine {
  std::string network = "contention_free";
  bool ports_hold_latency = true;
  Fidelity fidelity = Fidelity::message;
};

inline sim::Timeline run_on(const topology::Fleet& fleet, const CollectiveRequest& request, const Engine& engine = {}) {
  const std::vector<topology::VertexId> members = all_devices(fleet);
  std::vector<RankId> ranks;
  ProgramBuilder builder(static_cast<std::uint32_t>(members.size()));
  for (std::size_t rank = 0; rank < members.size(); ++rank) ranks.emplace_back(rank);
  const std::uint64_t collective =
      builder.add_collective({.plan = plan_collective(request, {fleet, members}, engine.fidelity),
                              .members = std::make_shared<const std::vector<RankId>>(ranks)});
  for (const RankId rank : ranks) {
    Op op;
    op.kind = OpKind::collective;
    op.collective = collective;
    op.member = rank;
    builder.add(rank, builder.add_stream(rank, "main"), op);
  }
  const sim::Job job{.program = builder.build(), .placement = members};
  sim::EngineOptions options{.network = engine.network};
  options.ports.holds_latency = engine.ports_hold_latency;
  return sim::simulate(fleet, {&job, 1}, options);
}

// The number that a function gives in a process of its own; no number when it throws.
inline double in_child_process(const std::function<double()>& function) {
  int ends[2] = {};
  if (pipe(ends) != 0) return std::numeric_limits<double>::quiet_NaN();
  const pid_t child = fork();
  if (child == 0) {
    double result = std::numeric_limits<double>::quiet_NaN();
    try {
      result = function();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
  }
  close(ends[1]);
  double result = std::numeric_limits<double>::quiet_NaN();
  if (read(ends[0], &result, sizeof result) != sizeof result) result = std::numeric_limits<double>::quiet_NaN();
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return result;
}

// A process can simulate on the network "fluid" once.
inline double seconds_on(const topology::Fleet& fleet, const CollectiveRequest& request, const Engine& engine = {}) {
  auto seconds = [&] { return run_on(fleet, request, engine).end.si(); };
  return engine.network == "fluid" ? in_child_process(seconds) : seconds();
}

// "\"link\": …" of a fleet.
inline std::string link_text(const std::string& bandwidth, const std::string& latency) {
  return R"("link":{"bandwidth":")" + bandwidth + R"(","latency":")" + latency + R"("})";
}

}  // namespace lockstep::workloads::testing
