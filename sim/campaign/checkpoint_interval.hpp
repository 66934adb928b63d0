#pragma once

#include "base/quantity.hpp"

// How much work should lie between two checkpoints that take `write` each, where a failure comes every `mtbf` (R03).
namespace lockstep::sim {

// √(2δM) (Young, CACM 17, 1974).
Seconds young_interval(Seconds mtbf, Seconds write);
// Higher order (Daly, FGCS 22, 2006, eq. 37).
Seconds daly_interval(Seconds mtbf, Seconds write);
// What minimises the expected time exactly, where failures are exponential: τ = M(1 + W₀(-e^{-δ/M-1})).
Seconds exact_interval(Seconds mtbf, Seconds write);

}  // namespace lockstep::sim
