#pragma once

#include "validation/closed_forms/hockney.hpp"

// Alexandrov et al. 1995, "LogGP: incorporating long messages into the LogP model"; Karp et al. 1993, "Optimal
// broadcast and summation in the LogP model".
namespace lockstep::validation {

struct LogGP {
  Seconds latency;   // L
  Seconds overhead;  // o, of the processor, for each message at each end
  Seconds gap;       // g, between the starts of messages at one port
  Pace byte;         // G, for each byte after the first
};

// 2o + L + (m-1)G.
Seconds loggp_message(Bytes message, const LogGP& cost);
// C32: 2(p-1)(L + 2o + (m-1)G) with m = n/p, where max(o, g) ≤ L + o, so that the gap never binds.
Seconds loggp_ring_all_reduce(std::uint32_t members, Bytes vector, const LogGP& cost);
// C33, how many know of a broadcast after `time`, all in whole units of time, when everyone who knows keeps sending and
// g ≥ o: P(t) = 1 while t < L + 2o, then P(t-g) + P(t-L-2o).
struct LogPTicks {
  std::uint32_t latency = 0;
  std::uint32_t overhead = 0;
  std::uint32_t gap = 1;
};
double reached_by_broadcast(std::uint32_t time, const LogPTicks& cost);

}  // namespace lockstep::validation
