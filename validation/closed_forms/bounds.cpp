#include "validation/closed_forms/bounds.hpp"

#include <algorithm>

namespace lockstep::validation {
namespace {

Bytes all_but_one_share(std::uint32_t members, Bytes vector) {
  const double p = members;
  return (p - 1) / p * vector;
}

}  // namespace

Seconds LowerBound::most() const {
  return std::max({latency, bandwidth, reduction});
}

LowerBound all_reduce_bound(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const Bytes shares = all_but_one_share(members, vector);
  return {ceil_lg(members) * cost.alpha, 2 * (shares * cost.beta), shares * cost.gamma};
}

LowerBound share_bound(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const Bytes shares = all_but_one_share(members, vector);
  return {ceil_lg(members) * cost.alpha, shares * cost.beta, shares * cost.gamma};
}

LowerBound vector_bound(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return {ceil_lg(members) * cost.alpha, vector * cost.beta, all_but_one_share(members, vector) * cost.gamma};
}

}  // namespace lockstep::validation
