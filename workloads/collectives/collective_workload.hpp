#pragma once

#include <optional>
#include <vector>

#include "base/json_fields.hpp"
#include "workloads/collectives/algorithms.hpp"

// The workload that is one collective, or a handful of messages.
namespace lockstep::workloads {

// A message of operation "send".
struct StatedMessage {
  RankId from;
  RankId to;
  Bytes bytes;
  Seconds at;  // when its sender is ready; receivers are from the start
};

struct CollectiveWorkload {
  CollectiveRequest request;            // unless there are messages
  std::vector<StatedMessage> messages;  // of operation "send"
  std::vector<std::uint32_t> ranks;     // which of the devices each member is, in member order
  std::vector<Seconds> arrivals;        // when each member enters; empty: all at once
  std::optional<Bandwidth> reduction_rate;
  Seconds message_overhead;

  bool is_send() const { return !messages.empty(); }
};

// Reads what asks for a collective, on members that are not yet known: operation, algorithm, bytes and options.
// Throws InputError; unknown keys are left to the caller.
CollectiveRequest read_collective_request(const JsonFields& fields, std::uint32_t members);

// The same as JSON, with defaults filled in.
Json as_json(const CollectiveRequest& request, std::size_t members);

// Reads a workload of kind "collective" for a fleet part of that many devices. Throws InputError.
CollectiveWorkload read_collective_workload(const JsonFields& fields, std::uint32_t devices);

// The same as JSON, with defaults filled in.
Json as_json(const CollectiveWorkload& workload);

// What every rank does: waits for its arrival and takes part. `members` are the vertices of the workload's ranks.
std::shared_ptr<const StepProgram> program_of(const CollectiveWorkload& workload, const CollectiveGround& ground,
                                              Fidelity fidelity);

// How many bytes cross the busiest port per byte of the collective's size, as nccl-tests counts bus bandwidth
// (NVIDIA/nccl-tests, doc/PERFORMANCE.md): 2(n-1)/n for all-reduce.
double bus_factor(Operation operation, std::uint32_t members);

}  // namespace lockstep::workloads
