#pragma once

#include <optional>

#include "workloads/collectives/collective_plan.hpp"

namespace lockstep::workloads {

// A fault of one operation.
struct PlacedFault {
  RankId rank;
  StreamId stream;
  std::uint64_t position = 0;
  std::string what;
};

// What becomes of the data when all members and agents carry out a plan.
struct DataFlow {
  // The first thing that goes wrong, as a sentence without a full stop; none where the operation's task is done, every
  // contribution having entered every sum once, and all sizes that the plan states are those of the data.
  std::optional<std::string> fault;
  std::optional<PlacedFault> placed;  // the fault's operation, or of a deadlock one that never ends
  std::vector<Bytes> sent;            // by each member, then by each agent
};

// Carries a plan of messages out on sets of contributions in place of numbers. Location b of a member holds block b at
// the beginning and the end; locations beyond the blocks are room to work in, and agents begin with nothing. What is
// combined must be of the same block and have no contribution in common; an agent may combine with nothing. Sends carry
// what is there when they are issued. Runs three times, in different orders of what may go on at the same time, so that
// most plans that lack a wait fail in one of them; those that receive ahead all do.
DataFlow trace_data(const CollectivePlan& plan);

}  // namespace lockstep::workloads
