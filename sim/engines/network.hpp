#pragma once

#include <cstdint>

#include "topology/fleet.hpp"

// How an engine turns work into time: the one seam between the executor, which knows programs, and the networks, which
// know how transfers share a fleet.
namespace lockstep::sim {

using TransferId = StrongId<struct TransferTag>;
using RouteId = StrongId<struct RouteTag>;
using TimerId = StrongId<struct TimerTag>;
using ComputeId = StrongId<struct ComputeTag>;

// A message, or several in a row that are charged as one flow, from the moment when both ends are ready for it.
struct Transfer {
  RouteId route;
  Bytes bytes;
  Seconds delay;  // before the flow starts, on top of the route's latency: overheads, and latencies of further messages
};

// Whom a network tells. Ids are the caller's.
class NetworkClient {
 public:
  virtual ~NetworkClient() = default;
  virtual void sender_released(TransferId transfer) = 0;  // the sender may go on; not later than `delivered`
  virtual void delivered(TransferId transfer) = 0;
  // Both at once, which is one event where a network does not tell them apart.
  virtual void transferred(TransferId transfer) = 0;
  virtual void timer_expired(TimerId timer) = 0;
  virtual void computed(ComputeId compute) = 0;
};

// One run of one network over one fleet.
class Network {
 public:
  virtual ~Network() = default;

  // The way from one vertex to another; asked twice, it is the same. Throws InputError when there is none.
  virtual RouteId route(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow) = 0;

  virtual Seconds now() const = 0;
  virtual void start(TransferId id, const Transfer& transfer) = 0;
  // `work` is what the device needs for it undisturbed. The caller keeps to one at a time on a device.
  virtual void start_compute(ComputeId id, topology::VertexId device, Seconds work) = 0;
  // Requires `at` >= now().
  virtual void set_timer(TimerId id, Seconds at) = 0;

  // Runs until nothing is under way, calling back as things happen; what is started meanwhile counts.
  virtual void run(NetworkClient& client) = 0;
};

}  // namespace lockstep::sim
