#pragma once

#include "validation/closed_forms/hockney.hpp"

// All-reduce in two levels: Cho et al. 2019, "BlueConnect: decomposing all-reduce for deep learning on heterogeneous
// network hierarchy".
namespace lockstep::validation {

// N nodes of g members; one message inside a node, and one between nodes.
struct Nodes {
  std::uint32_t members = 1;  // g, in each node
  std::uint32_t nodes = 1;    // N
};

// C20, a NIC for each member: 2(g-1)(α₁ + (n/g)β₁) + 2(N-1)(α₂ + n/(gN) β₂) + (p-1)/p nγ.
Seconds hierarchical_all_reduce(const Nodes& nodes, Bytes vector, const Hockney& inside, const Hockney& between);
// C21, one NIC for each node, which its g rails share: 2(g-1)(α₁ + (n/g)β₁) + 2(N-1)(α₂ + (n/N)β₂).
Seconds hierarchical_all_reduce_sharing_a_nic(const Nodes& nodes, Bytes vector, const Hockney& inside,
                                              const Hockney& between);

}  // namespace lockstep::validation
