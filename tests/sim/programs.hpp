#pragma once

#include <string>
#include <vector>

#include "sim/simulate.hpp"
#include "workloads/step_program/listed_program.hpp"

// Small programs for tests, written operation by operation.
namespace lockstep::sim {

inline workloads::Op send_to(std::uint32_t peer, double bytes, workloads::Tag tag = 0) {
  workloads::Op op;
  op.sends.push_back({.peer = workloads::RankId(peer), .tag = tag, .bytes = Bytes(bytes)});
  return op;
}
inline workloads::Op receive_from(std::uint32_t peer, workloads::Tag tag = 0) {
  workloads::Op op;
  op.receives.push_back({.peer = workloads::RankId(peer), .tag = tag});
  return op;
}
inline workloads::Op compute(double seconds) {
  workloads::Op op;
  op.kind = workloads::OpKind::compute;
  op.work.nominal = Seconds(seconds);
  return op;
}
inline workloads::Op hold_until(double seconds) {
  workloads::Op op;
  op.kind = workloads::OpKind::hold;
  op.until = Seconds(seconds);
  return op;
}
inline workloads::Op after(workloads::Op op, std::uint32_t stream, std::uint64_t position) {
  op.waits.push_back({workloads::StreamId(stream), position});
  return op;
}

// The streams of each rank, each a list of operations.
using Streams = std::vector<std::vector<workloads::Op>>;

inline std::shared_ptr<const workloads::StepProgram> program(const std::vector<Streams>& ranks) {
  workloads::ProgramBuilder builder(static_cast<std::uint32_t>(ranks.size()));
  for (std::uint32_t rank = 0; rank < ranks.size(); ++rank) {
    for (const auto& ops : ranks[rank]) {
      const auto stream = builder.add_stream(workloads::RankId(rank), "stream");
      for (const workloads::Op& op : ops) builder.add(workloads::RankId(rank), stream, op);
    }
  }
  return builder.build();
}

// Rank i on device i of the fleet.
inline Job job_on(const topology::Fleet& fleet, std::shared_ptr<const workloads::StepProgram> steps) {
  const auto devices = fleet.devices().first(steps->first_agent());
  return {.program = std::move(steps), .placement = {devices.begin(), devices.end()}};
}

inline Timeline run(const topology::Fleet& fleet, const std::vector<Streams>& ranks,
                    const EngineOptions& options = {.network = "contention_free"}) {
  const Job job = job_on(fleet, program(ranks));
  return simulate(fleet, {&job, 1}, options);
}

}  // namespace lockstep::sim
