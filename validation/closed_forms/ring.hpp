#pragma once

#include <span>

#include "validation/closed_forms/hockney.hpp"

// Rings of p members that pass on chunks of n/p bytes. Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce
// algorithms for clusters of workstations"; Thakur, Rabenseifner and Gropp 2005, "Optimization of collective
// communication operations in MPICH".
namespace lockstep::validation {

// C01: (p-1)(α + (n/p)β + (n/p)γ).
Seconds ring_reduce_scatter(std::uint32_t members, Bytes vector, const Hockney& cost);
// C02: (p-1)(α + (n/p)β).
Seconds ring_all_gather(std::uint32_t members, Bytes vector, const Hockney& cost);
// C03: 2(p-1)(α + (n/p)β) + (p-1)(n/p)γ.
Seconds ring_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost);

// C04: 2(p-1)(α + ⌈n/p⌉β) for n whole elements, of which the first chunks get one more: the largest never waits.
Seconds ring_all_reduce_of_elements(std::uint32_t members, double elements, Bytes element, const Hockney& cost);

// C05: 2(p-1) max_i(α_i + (n/p)β_i), for one link to each next member.
Seconds ring_all_reduce_over(std::span<const Hockney> links, Bytes vector);

// C06: the last arrival, and then the whole ring: the chunk that starts at the last member still makes 2(p-1) hops.
Seconds ring_all_reduce_after(std::span<const Seconds> arrivals, Bytes vector, const Hockney& cost);

// C07, k slices a chunk of m = n/p bytes that are passed on as soon as they are there. Ports held for the bytes alone:
// (2p-3) max(mβ, α + (m/k)β) + mβ + α. Ports held for the latency too: 2(p-1)k(α + (m/k)β).
Seconds sliced_ring_all_reduce_hiding_latency(std::uint32_t members, std::uint32_t slices, Bytes vector,
                                              const Hockney& cost);
Seconds sliced_ring_all_reduce(std::uint32_t members, std::uint32_t slices, Bytes vector, const Hockney& cost);

// C22: 2(gN-1) max(α₁ + (n/p)β₁, α₂ + (n/p)β₂) of a ring through N nodes of g, one edge out of each.
Seconds ring_all_reduce_through_nodes(std::uint32_t members, Bytes vector, const Hockney& inside,
                                      const Hockney& between);

}  // namespace lockstep::validation
