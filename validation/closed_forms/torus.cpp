#include "validation/closed_forms/torus.hpp"

namespace lockstep::validation {

Seconds bucket_all_reduce(std::span<const std::uint32_t> dimensions, Bytes vector, const Hockney& cost) {
  double members = 1;
  double hops = 0;
  for (const std::uint32_t length : dimensions) {
    members *= length;
    hops += length - 1.0;
  }
  const Bytes moved = (members - 1) / members * vector;
  return 2 * hops * cost.alpha + 2 * (moved * cost.beta) + moved * cost.gamma;
}

Seconds all_port_bucket_all_reduce(std::uint32_t side, std::uint32_t dimensions, Bytes vector, const Hockney& cost) {
  const double d = dimensions;
  double members = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) members *= side;
  const Bytes moved = (members - 1) / members * vector;
  return 2 * d * (side - 1.0) * cost.alpha + 2 * (moved * cost.beta) / (2 * d);
}

}  // namespace lockstep::validation
