#include "validation/closed_forms/loggp.hpp"

#include <algorithm>
#include <vector>

namespace lockstep::validation {

Seconds loggp_message(Bytes message, const LogGP& cost) {
  return 2 * cost.overhead + cost.latency + std::max(message.si() - 1, 0.0) * Bytes(1) * cost.byte;
}

Seconds loggp_ring_all_reduce(std::uint32_t members, Bytes vector, const LogGP& cost) {
  const double p = members;
  return 2 * (p - 1) * loggp_message(vector / p, cost);
}

double reached_by_broadcast(std::uint32_t time, const LogPTicks& cost) {
  const std::uint32_t hop = cost.latency + 2 * cost.overhead;
  std::vector<double> reached(time + std::size_t{1}, 1);
  for (std::uint32_t t = hop; t <= time; ++t) {
    reached[t] = (t >= cost.gap ? reached[t - cost.gap] : 1) + reached[t - hop];
  }
  return reached[time];
}

}  // namespace lockstep::validation
