#pragma once

#include <cstdint>

// What a program gets that uses SimGrid alone: rings of messages through one switch, every message a communication.
namespace lockstep::bench {

struct RingRun {
  std::uint64_t messages;
  double simulated_seconds;
  double seconds;  // that a processor worked on the simulation, without the platform
};

// A ring all-reduce of 1 GB. SimGrid allows one a process.
RingRun bare_ring_by_callbacks(unsigned ranks);
RingRun bare_ring_by_actors(unsigned ranks);

}  // namespace lockstep::bench
