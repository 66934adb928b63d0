#pragma once

#include <cstdint>
#include <span>

#include "base/quantity.hpp"

// When fleets fail, and whether spares suffice. Barlow and Proschan 1975, "Statistical theory of reliability and life
// testing".
namespace lockstep::validation {

// R01: rates of independent exponential parts add, 1/M = Σ n_c/M_c.
struct Parts {
  double count = 0;
  Seconds mtbf;
};
Seconds mtbf_of(std::span<const Parts> parts);
// R08, when the first of parts fails that are all new: lives of mean M_c and one Weibull shape c, 1 if exponential. Of
// n equal parts λΓ(1+1/c)n^(-1/c), which is M/n only where c = 1.
Seconds first_failure(std::span<const Parts> parts, double shape);
// 1 - e^(-T/M).
double failure_probability(Seconds mtbf, Seconds time);

// R05, of n nodes that must run and k spares. With repair by as many crews as it takes, in the long run:
// P(Bin(n+k, A) >= n), A = MTBF/(MTBF+MTTR). Spares that cannot fail before they are used, and no repair, for a time T:
// P(Poisson(nT/MTBF) <= k).
struct SparePool {
  std::uint32_t running = 1;
  std::uint32_t spares = 0;
  Seconds mtbf;  // of a node
};
double enough_with_repair(const SparePool& pool, Seconds repair);
double enough_without_repair(const SparePool& pool, Seconds time);

}  // namespace lockstep::validation
