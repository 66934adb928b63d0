#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "topology/fleet.hpp"

namespace lockstep::sim {

// How flows that are under way at once share the channels of a fleet, as time passes. What does it lives in a module
// that is loaded when it is needed, so everything is behind virtual functions.
class FlowSharing {
 public:
  class Client {
   public:
    virtual ~Client() = default;
    virtual void flow_done(std::uint32_t flow) = 0;
    // The time that was asked for has come.
    virtual void woken() = 0;
  };

  virtual ~FlowSharing() = default;

  // Routes are numbered in the order of their adding, from 0.
  virtual void add_route(std::span<const topology::LinkId> links) = 0;
  // A flow takes its part of all channels of its route at once, from now on. Requires bytes > 0 and a route that is not
  // empty. Flows are numbered by the caller, who may use a number again when the flow is done.
  virtual void start(std::uint32_t flow, std::uint32_t route, Bytes bytes) = 0;
  // The flows of the route stand still, whatever is on other routes, or go on. Requires a route that is not empty.
  virtual void hold_route(std::uint32_t route, bool is_held) = 0;
  // From now on the channel of a route carries that share of its bandwidth.
  virtual void set_speed(topology::ChannelId channel, double speed) = 0;
  virtual void wake_at(Seconds date) = 0;
  virtual Seconds now() const = 0;

  // Runs until no flow is under way and no waking is due. What the client throws ends the
  // run and comes out here.
  virtual void run(Client& client) = 0;
};

// Loads the module, if need be. Throws std::runtime_error saying where it was looked for when it is missing or does not
// load. A process can do this once: SimGrid, which stands behind it, keeps one engine and one clock a process
// (sim/isolated_simulation.hpp runs further
// simulations).
std::unique_ptr<FlowSharing> load_flow_sharing(const topology::Fleet& fleet);

// Loads the module and no more, so that children of this process need not; that takes most of the time.
void preload_flow_sharing();

// What the module exports, under the name lockstep_flow_sharing; the caller owns the result. Null when the process has
// had one before.
using FlowSharingFunction = FlowSharing*(const topology::Fleet& fleet);

}  // namespace lockstep::sim
