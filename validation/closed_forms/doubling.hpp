#pragma once

#include "validation/closed_forms/hockney.hpp"

// Exchanges at doubling distances. Thakur, Rabenseifner and Gropp 2005, "Optimization of collective communication
// operations in MPICH"; Rabenseifner 2004, "Optimization of collective reduction operations".
namespace lockstep::validation {

// C12: q(α + nβ + nγ) with q = ⌊lg p⌋, and 2(α + nβ) + nγ more where p ≠ 2^q and pairs fold first, as in MPICH.
Seconds recursive_doubling_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost);
// C13: 2qα + 2(p'-1)/p' nβ + (p'-1)/p' nγ with p' = 2^q, and the same fold.
Seconds halving_doubling_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost);
// C36, p = 2^q: qα + (p-1)/p n(β + γ), and qα + (p-1)/p nβ.
Seconds halving_reduce_scatter(std::uint32_t members, Bytes vector, const Hockney& cost);
Seconds doubling_all_gather(std::uint32_t members, Bytes vector, const Hockney& cost);
// C14, p = 2^q: (lg p + p - 1)α + 2(p-1)/p nβ.
Seconds scatter_all_gather_broadcast(std::uint32_t members, Bytes vector, const Hockney& cost);

}  // namespace lockstep::validation
