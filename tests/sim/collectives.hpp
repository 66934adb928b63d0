#pragma once

#include <memory>
#include <vector>

#include "sim/simulate.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/listed_program.hpp"

// Collectives as jobs, for tests.
namespace lockstep::sim {

// Member i of the collective is on vertex i of `members`.
inline Job collective_on(const topology::Fleet& fleet, const std::vector<topology::VertexId>& members,
                         const workloads::CollectiveRequest& request) {
  const auto count = static_cast<std::uint32_t>(members.size());
  workloads::ProgramBuilder builder(count);
  auto ranks = std::make_shared<std::vector<workloads::RankId>>();
  for (std::uint32_t rank = 0; rank < count; ++rank) ranks->emplace_back(rank);
  const auto collective = builder.add_collective(
      {workloads::plan_collective(request, {fleet, members}, workloads::Fidelity::message), ranks});
  for (const workloads::RankId rank : *ranks) {
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = collective;
    op.member = rank;
    builder.add(rank, builder.add_stream(rank, "collective"), op);
  }
  return {.program = builder.build(), .placement = members};
}

inline Job collective_on(const topology::Fleet& fleet, const workloads::CollectiveRequest& request) {
  return collective_on(fleet, {fleet.devices().begin(), fleet.devices().end()}, request);
}

}  // namespace lockstep::sim
