#pragma once

#include "validation/closed_forms/hockney.hpp"

// C35, what no algorithm beats whose switches do not reduce: Chan et al. 2007, "Collective communication: theory,
// practice, and experience". Each term is a bound for itself; their sum is none.
namespace lockstep::validation {

struct LowerBound {
  Seconds latency;
  Seconds bandwidth;
  Seconds reduction;

  Seconds most() const;
};

// All-reduce: ⌈lg p⌉α, 2(p-1)/p nβ, (p-1)/p nγ.
LowerBound all_reduce_bound(std::uint32_t members, Bytes vector, const Hockney& cost);
// Reduce-scatter and, without its γ, all-gather, gather, scatter and all-to-all: ⌈lg p⌉α, (p-1)/p nβ, (p-1)/p nγ.
LowerBound share_bound(std::uint32_t members, Bytes vector, const Hockney& cost);
// Broadcast and reduce: ⌈lg p⌉α, nβ, and (p-1)/p nγ where something is reduced.
LowerBound vector_bound(std::uint32_t members, Bytes vector, const Hockney& cost);

}  // namespace lockstep::validation
