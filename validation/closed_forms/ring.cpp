#include "validation/closed_forms/ring.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::validation {

Seconds ring_reduce_scatter(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const double p = members;
  const Bytes chunk = vector / p;
  return (p - 1) * (cost.alpha + chunk * cost.beta + chunk * cost.gamma);
}

Seconds ring_all_gather(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const double p = members;
  return (p - 1) * (cost.alpha + vector / p * cost.beta);
}

Seconds ring_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const double p = members;
  const Bytes chunk = vector / p;
  return 2 * (p - 1) * (cost.alpha + chunk * cost.beta) + (p - 1) * (chunk * cost.gamma);
}

Seconds ring_all_reduce_of_elements(std::uint32_t members, double elements, Bytes element, const Hockney& cost) {
  const double p = members;
  return 2 * (p - 1) * (cost.alpha + std::ceil(elements / p) * element * cost.beta);
}

Seconds ring_all_reduce_over(std::span<const Hockney> links, Bytes vector) {
  const auto p = static_cast<double>(links.size());
  Seconds slowest;
  for (const Hockney& link : links) slowest = std::max(slowest, link.alpha + vector / p * link.beta);
  return 2 * (p - 1) * slowest;
}

Seconds ring_all_reduce_after(std::span<const Seconds> arrivals, Bytes vector, const Hockney& cost) {
  return *std::max_element(arrivals.begin(), arrivals.end()) +
         ring_all_reduce(static_cast<std::uint32_t>(arrivals.size()), vector, cost);
}

Seconds sliced_ring_all_reduce_hiding_latency(std::uint32_t members, std::uint32_t slices, Bytes vector,
                                              const Hockney& cost) {
  const double p = members;
  const Seconds chunk = vector / p * cost.beta;
  return (2 * p - 3) * std::max(chunk, cost.alpha + chunk / slices) + chunk + cost.alpha;
}

Seconds sliced_ring_all_reduce(std::uint32_t members, std::uint32_t slices, Bytes vector, const Hockney& cost) {
  const double p = members;
  const double k = slices;
  return 2 * (p - 1) * k * (cost.alpha + vector / p / k * cost.beta);
}

Seconds ring_all_reduce_through_nodes(std::uint32_t members, Bytes vector, const Hockney& inside,
                                      const Hockney& between) {
  const double p = members;
  const Bytes chunk = vector / p;
  return 2 * (p - 1) * std::max(inside.alpha + chunk * inside.beta, between.alpha + chunk * between.beta);
}

}  // namespace lockstep::validation
