#include "validation/closed_forms/in_network.hpp"

namespace lockstep::validation {

Seconds switch_tree_all_reduce(std::uint32_t levels, std::uint32_t segments, Bytes vector, const Hockney& cost) {
  const double k = segments;
  return (2.0 * levels + k - 1) * (cost.alpha + vector / k * cost.beta);
}

Seconds switch_tree_all_reduce_hiding_latency(std::uint32_t levels, std::uint32_t segments, Bytes vector,
                                              const Hockney& cost) {
  const double k = segments;
  const Seconds segment = vector / k * cost.beta;
  return 2.0 * levels * (cost.alpha + segment) + (k - 1) * segment;
}

Seconds overlapped_switch_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return (1 + 1.0 / members) * (vector * cost.beta);
}

Seconds switch_all_reduce_in_turn(Bytes vector, const Hockney& cost) {
  return 2 * (vector * cost.beta);
}

}  // namespace lockstep::validation
