#pragma once

#include <span>

#include "validation/closed_forms/hockney.hpp"

// Bucket algorithms. Jain and Sabharwal 2010, "Optimal bucket algorithms for large MPI collectives on torus
// interconnects"; Chan et al. 2007, "Collective communication: theory, practice, and experience".
namespace lockstep::validation {

// C18, dimension after dimension, one port: 2Σ(d_i - 1)α + 2(p-1)/p nβ + (p-1)/p nγ.
Seconds bucket_all_reduce(std::span<const std::uint32_t> dimensions, Bytes vector, const Hockney& cost);
// C19, a cube of d dimensions of A, all 2d ports: 2d(A-1)α + 2(p-1)/p nβ/(2d).
Seconds all_port_bucket_all_reduce(std::uint32_t side, std::uint32_t dimensions, Bytes vector, const Hockney& cost);

}  // namespace lockstep::validation
