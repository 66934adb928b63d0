#pragma once

#include "base/quantity.hpp"
#include "validation/solvers/solver.hpp"

// Checkpoints and failures. Failures are exponential with mean time M between them; a segment is τ of work and then a
// blocking write of δ; a failure costs downtime D and a restart R, and the segment starts again.
namespace lockstep::validation {

struct CheckpointPolicy {
  Seconds mtbf;
  Seconds write;
  Seconds restart = {};
  Seconds downtime = {};
};

// Times of work between checkpoints, whatever R and D are: the rules that campaigns go by.
// Young 1974: √(2δM). Daly 2006: √(2δM)(1 + ⅓√(δ/2M) + (1/9)(δ/2M)) - δ, and M where δ ≥ 2M. R03, exact:
// M(1 + W₀(-e^{-δ/M-1})).
Seconds young_interval(const CheckpointPolicy& policy);
Seconds daly_interval(const CheckpointPolicy& policy);
Seconds exact_interval(const CheckpointPolicy& policy);

// R02, the expected time of a segment: e^{R/M}(M+D)(e^{(τ+δ)/M}-1) where a restart may fail too, and
// (M+D+R)(e^{(τ+δ)/M}-1) where it may not.
enum class Restart { may_fail, is_safe };
Seconds expected_segment(const CheckpointPolicy& policy, Seconds work, Restart restart);

extern const Solver reliability;

}  // namespace lockstep::validation
