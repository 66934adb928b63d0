#include "validation/closed_forms/all_to_all.hpp"

#include <algorithm>

namespace lockstep::validation {

Seconds pairwise_all_to_all(std::uint32_t members, Bytes buffer, const Hockney& cost) {
  const double p = members;
  return (p - 1) * (cost.alpha + buffer / p * cost.beta);
}

Seconds direct_all_to_all(std::uint32_t members, Bytes buffer, const Hockney& cost) {
  const double p = members;
  return cost.alpha + (p - 1) / p * buffer * cost.beta;
}

Seconds bruck_all_to_all(std::uint32_t members, Bytes buffer, const Hockney& cost) {
  double blocks = 0;
  for (std::uint32_t step = 0; step < ceil_lg(members); ++step) {
    for (std::uint32_t block = 0; block < members; ++block) blocks += (block >> step) & 1;
  }
  return ceil_lg(members) * cost.alpha + blocks * (buffer / members * cost.beta);
}

Seconds direct_all_to_all_among_pods(const Pods& pods, Bytes buffer, const Hockney& cost) {
  const double p = pods.members();
  const double blocks = std::max(p - 1, pods.oversubscription * (p - pods.hosts));
  return cost.alpha + blocks * (buffer / p * cost.beta);
}

}  // namespace lockstep::validation
