#pragma once

#include <cstdint>
#include <span>

#include "validation/closed_forms/bracket.hpp"

// Pipelines whose stages take exponentially distributed times, as queues. Buzacott and Shanthikumar 1993, "Stochastic
// models of manufacturing systems"; Burke 1956, "The output of a queuing system"; Johansson 2000, "Shape fluctuations
// and random matrices" (last-passage percolation).
namespace lockstep::validation {

// S13, what two stages put through in the long run if the first never starves, b microbatches fit between them, and a
// full buffer blocks the first after its work: with ρ = μ₁/μ₂ it is μ₁(1-ρ^(b+2))/(1-ρ^(b+3)); μ(b+2)/(b+3) if equal.
Frequency blocking_pair_throughput(Frequency first, Frequency second, std::uint32_t buffer);

// S14, how long a microbatch is in a row of stages without limits on waiting, when they arrive at random at rate λ,
// below each μ_i: Σ 1/(μ_i - λ).
Seconds open_tandem_sojourn(Frequency arrivals, std::span<const Frequency> stages);

// S15, the expected time of the forwards of M microbatches through P stages, all times independent and exponential of
// the same mean t, without limits on waiting: at least (M+P-1)t, at most (√M+√P)²t. The lower end holds for any law
// (Jensen).
Bracket exponential_forward_phase(std::uint32_t stages, std::uint32_t microbatches, Seconds mean);

}  // namespace lockstep::validation
