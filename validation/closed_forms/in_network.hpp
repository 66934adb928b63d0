#pragma once

#include "validation/closed_forms/hockney.hpp"

// Switches that reduce. Graham et al. 2016, "Scalable hierarchical aggregation protocol (SHArP)"; Klenk et al. 2020,
// "An in-network architecture for accelerating shared-memory multiprocessor collectives".
namespace lockstep::validation {

// C23, up and down h levels of switches in k segments; they reduce for free. Ports held for latency and bytes:
// (2h+k-1)(α + (n/k)β). For the bytes alone: 2h(α + (n/k)β) + (k-1)(n/k)β.
Seconds switch_tree_all_reduce(std::uint32_t levels, std::uint32_t segments, Bytes vector, const Hockney& cost);
Seconds switch_tree_all_reduce_hiding_latency(std::uint32_t levels, std::uint32_t segments, Bytes vector,
                                              const Hockney& cost);

// C24, one switch that reads from all and writes to all: (1 + 1/p)nβ where the two phases overlap, 2nβ where the second
// begins when the first is over.
Seconds overlapped_switch_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost);
Seconds switch_all_reduce_in_turn(Bytes vector, const Hockney& cost);

}  // namespace lockstep::validation
