#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Pairs at distances that are powers of two. Where the number of members is none, the first members fold in pairs, of
// which one takes part for both, as in MPICH (Thakur, Rabenseifner and Gropp 2005).

// All-reduce by whole vectors; all-gather and barrier by what was gathered so far.
PlanPointer plan_recursive_doubling(const CollectiveRequest& request, const CollectiveGround& ground);
// Reduce-scatter by halves, all-gather by doubles, all-reduce by one after the other (Rabenseifner 2004); reduction by
// halves and a gather, broadcast by a scatter and doubles.
PlanPointer plan_halving_doubling(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
