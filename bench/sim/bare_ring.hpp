#pragma once

#include "bench/measured.hpp"

// What a program gets that uses SimGrid alone: rings of messages through one switch, every message a communication.
namespace lockstep::bench {

// A ring all-reduce of 1 GB. The seconds are those of the simulation without the platform. SimGrid allows one a
// process.
Measured bare_ring_by_callbacks(unsigned ranks);
Measured bare_ring_by_actors(unsigned ranks);

// By the way that is the faster one for so many ranks.
Measured bare_ring(unsigned ranks);

}  // namespace lockstep::bench
