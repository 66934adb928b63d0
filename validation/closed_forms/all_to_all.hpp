#pragma once

#include "validation/closed_forms/hockney.hpp"

// All-to-all of n bytes a member, its own block included, so that n/p go to each. Thakur, Rabenseifner and Gropp 2005;
// Bruck et al. 1997, "Efficient algorithms for all-to-all communications in multiport message-passing systems".
namespace lockstep::validation {

// C15: (p-1)(α + (n/p)β), for any p.
Seconds pairwise_all_to_all(std::uint32_t members, Bytes buffer, const Hockney& cost);
// C16: α + (p-1)/p nβ: all messages start at once and share each member's link.
Seconds direct_all_to_all(std::uint32_t members, Bytes buffer, const Hockney& cost);
// C17: ⌈lg p⌉α + (n/p)β Σ_k #{j < p: bit k of j is set}.
Seconds bruck_all_to_all(std::uint32_t members, Bytes buffer, const Hockney& cost);

// Pods of k hosts under switches whose uplinks carry k/r of their hosts' links.
struct Pods {
  std::uint32_t hosts = 1;  // k, in each pod
  std::uint32_t pods = 1;
  double oversubscription = 1;  // r

  std::uint32_t members() const { return hosts * pods; }
};
// C25: α + (n/p)β max(p-1, r(p-k)).
Seconds direct_all_to_all_among_pods(const Pods& pods, Bytes buffer, const Hockney& cost);

}  // namespace lockstep::validation
