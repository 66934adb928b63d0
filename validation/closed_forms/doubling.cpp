#include "validation/closed_forms/doubling.hpp"

#include <bit>

namespace lockstep::validation {
namespace {

double all_but_one(double members) {
  return (members - 1) / members;
}

// The pairs that fold the members beyond the largest power of two into it, and unfold them at the end.
Seconds fold(std::uint32_t members, Bytes vector, const Hockney& cost) {
  if (is_power_of_two(members)) return Seconds(0);
  return 2 * (cost.alpha + vector * cost.beta) + vector * cost.gamma;
}

}  // namespace

Seconds recursive_doubling_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return floor_lg(members) * (cost.alpha + vector * cost.beta + vector * cost.gamma) + fold(members, vector, cost);
}

Seconds halving_doubling_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const std::uint32_t steps = floor_lg(members);
  const Bytes moved = all_but_one(double(std::bit_floor(members))) * vector;
  return 2.0 * steps * cost.alpha + 2 * (moved * cost.beta) + moved * cost.gamma + fold(members, vector, cost);
}

Seconds halving_reduce_scatter(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const Bytes moved = all_but_one(members) * vector;
  return ceil_lg(members) * cost.alpha + moved * cost.beta + moved * cost.gamma;
}

Seconds doubling_all_gather(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return ceil_lg(members) * cost.alpha + all_but_one(members) * vector * cost.beta;
}

Seconds scatter_all_gather_broadcast(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return (ceil_lg(members) + members - 1.0) * cost.alpha + 2 * (all_but_one(members) * vector * cost.beta);
}

}  // namespace lockstep::validation
