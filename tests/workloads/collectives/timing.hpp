#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/random_stream.hpp"
#include "sim/isolated_simulation.hpp"
#include "topology/fleet_builder.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/listed_program.hpp"

namespace lockstep::workloads::testing {

// What closed forms are about: `members` equal devices round one switch.
struct Case {
  std::uint32_t members = 2;
  double bytes = 1;
  double latency = 0;    // of a message, in seconds
  double bandwidth = 1;  // of a device, each way, in bytes per second
  double reduction = 0;  // seconds a byte
  std::uint32_t segments = 1;
  std::uint32_t channels = 1;
  std::vector<Seconds> arrivals = {};

  // As the formulas have them.
  double p() const { return members; }
  double k() const { return segments; }
  double a() const { return latency; }
  double nb() const { return bytes / bandwidth; }
  double ng() const { return bytes * reduction; }
  double q() const { return std::floor(std::log2(members)); }  // rounds among the greatest power of two
  double rounds() const { return std::ceil(std::log2(members)); }
  bool is_power_of_two() const { return (members & (members - 1)) == 0; }
};

inline Case random_case(std::uint64_t seed, std::uint32_t most_members = 20) {
  RandomStream random(seed, "tests/collectives/cases");
  return {.members = static_cast<std::uint32_t>(2 + random.below(most_members - 1)),
          .bytes = std::exp2(8 + 24 * random.uniform()),
          .latency = std::exp2(-20 + 8 * random.uniform()),
          .bandwidth = std::exp2(30 + 8 * random.uniform()),
          .reduction = random.below(2) == 0 ? 0.0 : std::exp2(-40 + 8 * random.uniform()),
          .segments = static_cast<std::uint32_t>(1 + random.below(9))};
}

inline topology::Fleet fleet_of(const Case& scenario) {
  topology::FleetBuilder builder("star");
  const topology::VertexId hub = builder.add_switch("switch");
  for (std::uint32_t i = 0; i < scenario.members; ++i) {
    builder.add_cable(builder.add_device("device " + std::to_string(i)), hub,
                      {Bandwidth(scenario.bandwidth), Seconds(scenario.latency / 2)});
  }
  return builder.build();
}

// Every member enters the collective when it arrives.
inline std::shared_ptr<const StepProgram> program_of(PlanPointer plan, const std::vector<Seconds>& arrivals) {
  if (arrivals.empty()) return plan;
  const std::uint32_t members = plan->first_agent();
  ProgramBuilder builder(members);
  auto ranks = std::make_shared<std::vector<RankId>>();
  for (std::uint32_t rank = 0; rank < members; ++rank) ranks->emplace_back(rank);
  const std::uint64_t number = builder.add_collective({std::move(plan), std::move(ranks)});
  for (std::uint32_t rank = 0; rank < members; ++rank) {
    const StreamId stream = builder.add_stream(RankId(rank), "stream");
    Op hold;
    hold.kind = OpKind::hold;
    hold.until = arrivals[rank];
    builder.add(RankId(rank), stream, hold);
    Op call;
    call.kind = OpKind::collective;
    call.collective = number;
    call.member = RankId(rank);
    builder.add(RankId(rank), stream, call);
  }
  return builder.build();
}

inline sim::Timeline timeline_on(const topology::Fleet& fleet, const Case& scenario, const CollectiveRequest& request,
                                 const sim::EngineOptions& options, Fidelity fidelity = Fidelity::message) {
  sim::Job job{.program = program_of(plan_collective(request, {fleet, fleet.devices()}, fidelity), scenario.arrivals),
               .placement = {fleet.devices().begin(), fleet.devices().end()}};
  if (scenario.reduction > 0) job.reduction_rate = Bandwidth(1 / scenario.reduction);
  // SimGrid can be used once a process.
  if (options.network == "fluid") return sim::simulate_isolated(fleet, {&job, 1}, options);
  return sim::simulate(fleet, {&job, 1}, options);
}

inline CollectiveRequest request_of(const Case& scenario, const std::string& algorithm, Operation operation) {
  CollectiveRequest request;
  request.operation = operation;
  request.algorithm = algorithm;
  request.bytes = Bytes(scenario.bytes);
  return request;
}

inline double time_of(const Case& scenario, const CollectiveRequest& request, const sim::EngineOptions& options,
                      Fidelity fidelity = Fidelity::message) {
  return timeline_on(fleet_of(scenario), scenario, request, options, fidelity).end.si();
}

inline const sim::EngineOptions h_block = {.network = "ports", .ports = {.holds_latency = true}};
inline const sim::EngineOptions h_lat = {.network = "ports", .ports = {.holds_latency = false}};
inline const sim::EngineOptions contention_free = {.network = "contention_free"};
inline const sim::EngineOptions fluid = {.network = "fluid"};

}  // namespace lockstep::workloads::testing
