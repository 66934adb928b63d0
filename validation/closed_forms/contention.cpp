#include "validation/closed_forms/contention.hpp"

#include <algorithm>

namespace lockstep::validation {

Seconds equal_messages_at_once(Seconds alpha, Bytes message, Pace busiest) {
  return alpha + message * busiest;
}

Seconds ring_all_reduce_in_pod_order(const Pods& pods, Bytes vector, const Hockney& cost) {
  const double factor = pods.pods > 1 ? std::max(1.0, pods.oversubscription / pods.hosts) : 1;
  return ring_all_reduce_in_lockstep(pods.members(), vector, cost.alpha, factor * cost.beta);
}

Seconds ring_all_reduce_between_pods(const Pods& pods, Bytes vector, const Hockney& cost) {
  const double factor = std::max(1.0, pods.oversubscription);
  return ring_all_reduce_in_lockstep(pods.members(), vector, cost.alpha, factor * cost.beta);
}

std::uint32_t busiest_pod(const Pods& pods, std::span<const std::uint32_t> ring) {
  std::vector<std::uint32_t> leaving(pods.pods);
  std::vector<std::uint32_t> entering(pods.pods);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const std::uint32_t from = ring[i] / pods.hosts;
    const std::uint32_t to = ring[(i + 1) % ring.size()] / pods.hosts;
    if (from == to) continue;
    ++leaving[from];
    ++entering[to];
  }
  return std::max(*std::max_element(leaving.begin(), leaving.end()),
                  *std::max_element(entering.begin(), entering.end()));
}

Seconds ring_all_reduce_in_lockstep(std::uint32_t members, Bytes vector, Seconds alpha, Pace busiest) {
  const double p = members;
  return 2 * (p - 1) * equal_messages_at_once(alpha, vector / p, busiest);
}

Bracket ring_all_reduce_out_of_phase(std::uint32_t members, Bytes vector, Seconds alpha, Pace busiest) {
  const double p = members;
  return {.lower = alpha + 2 * (p - 1) * (vector / p * busiest),
          .upper = ring_all_reduce_in_lockstep(members, vector, alpha, busiest)};
}

std::vector<Seconds> messages_on_one_link(std::vector<Bytes> sizes, const Hockney& cost) {
  std::sort(sizes.begin(), sizes.end());
  std::vector<Seconds> ends;
  Bytes smaller;
  for (std::size_t j = 0; j < sizes.size(); ++j) {
    const auto left = static_cast<double>(sizes.size() - j);
    ends.push_back(cost.alpha + (smaller + left * sizes[j]) * cost.beta);
    smaller += sizes[j];
  }
  return ends;
}

Seconds parking_lot(Bytes message, const Hockney& cost) {
  return cost.alpha + 2 * (message * cost.beta);
}

}  // namespace lockstep::validation
