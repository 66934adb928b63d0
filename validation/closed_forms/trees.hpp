#pragma once

#include "validation/closed_forms/bracket.hpp"
#include "validation/closed_forms/hockney.hpp"

// Chains and trees. Pješivac-Grbović et al. 2007, "Performance analysis of MPI collective operations"; Sanders, Speck
// and Träff 2009, "Two-tree algorithms for full bandwidth broadcast, reduction and scan".
namespace lockstep::validation {

// C08, a broadcast of k segments along a chain. Ports held for latency and bytes: (p-2+k)(α + (n/k)β). For the bytes
// alone: (p-1)(α + (n/k)β) + (k-1)(n/k)β.
Seconds chain_broadcast(std::uint32_t members, std::uint32_t segments, Bytes vector, const Hockney& cost);
Seconds chain_broadcast_hiding_latency(std::uint32_t members, std::uint32_t segments, Bytes vector,
                                       const Hockney& cost);
// The best number of segments of C08, k* = √((p-2)nβ/α), as a real number, and the time with it,
// (√((p-2)α) + √(nβ))².
double best_chain_segments(std::uint32_t members, Bytes vector, const Hockney& cost);
Seconds best_chain_broadcast(std::uint32_t members, Bytes vector, const Hockney& cost);

// C09: ⌈lg p⌉(α + nβ), and with nγ more each step when it reduces.
Seconds binomial_broadcast(std::uint32_t members, Bytes vector, const Hockney& cost);
Seconds binomial_reduce(std::uint32_t members, Bytes vector, const Hockney& cost);
// C10: one after the other.
Seconds tree_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost);

// C11, k segments down a full binary tree of p = 2^(h+1)-1 members, left child first. Ports held for latency and
// bytes: 2(k+h-1)(α + (n/k)β). For the bytes alone: 2(k+h-1)(n/k)β + hα.
Seconds binary_tree_broadcast(std::uint32_t levels, std::uint32_t segments, Bytes vector, const Hockney& cost);
Seconds binary_tree_broadcast_hiding_latency(std::uint32_t levels, std::uint32_t segments, Bytes vector,
                                             const Hockney& cost);
// The best number of segments of C11, k* = √((h-1)nβ/α), as a real number.
double best_binary_tree_segments(std::uint32_t levels, Bytes vector, const Hockney& cost);

// C34, a bracket for two trees of D levels that carry half of the data each, in k segments a half. Not less than the
// busiest member's port needs, nβ deg/2, nor than 2D(α + (n/2k)β) down and up; in fluid networks at most
// (nβ deg/2)(1 + 2D/k) + (4D + 2k)α, an envelope that was measured, not proved.
struct DoubleTreeShape {
  std::uint32_t depth = 0;   // D
  std::uint32_t degree = 0;  // the most edges, of both trees together, of one member
};
DoubleTreeShape double_tree_shape(std::uint32_t members);
Bracket double_tree_all_reduce(const DoubleTreeShape& shape, std::uint32_t segments, Bytes vector, const Hockney& cost);

}  // namespace lockstep::validation
