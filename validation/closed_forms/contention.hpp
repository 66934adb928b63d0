#pragma once

#include <span>
#include <vector>

#include "validation/closed_forms/all_to_all.hpp"
#include "validation/closed_forms/trees.hpp"

// Messages that share links max-min fairly: Bertsekas and Gallager 1992, "Data Networks", section 6.5.2.
namespace lockstep::validation {

// Equal messages that start together: α + m max_l f_l/C_l, where f_l of them cross link l. The share of the flows on
// the busiest link never grows, since all of them end together, and no other flow has less.
Seconds equal_messages_at_once(Seconds alpha, Bytes message, Pace busiest);

// C26, a ring all-reduce that visits pod after pod: 2(p-1)(α + (n/p) max(1, r/k)β). C27, one whose every hop leaves its
// pod: 2(p-1)(α + (n/p) max(1, r)β).
Seconds ring_all_reduce_in_pod_order(const Pods& pods, Bytes vector, const Hockney& cost);
Seconds ring_all_reduce_between_pods(const Pods& pods, Bytes vector, const Hockney& cost);
// The most messages of a ring through these hosts, pod after pod in number, that cross the link into or out of one pod.
std::uint32_t busiest_pod(const Pods& pods, std::span<const std::uint32_t> ring);

// C28, a ring all-reduce on any mapping whose steps begin together: 2(p-1)(α + (n/p) max_l f_l/C_l).
Seconds ring_all_reduce_in_lockstep(std::uint32_t members, Bytes vector, Seconds alpha, Pace busiest);
// C29, without a barrier: at least α + 2(p-1)(n/p) max_l f_l/C_l, at most C28: messages get out of phase and hide α.
Bracket ring_all_reduce_out_of_phase(std::uint32_t members, Bytes vector, Seconds alpha, Pace busiest);

// C30, messages of these sizes on one link, in ascending order: t_j = α + (Σ_{i<j} s_i + (m-j+1)s_j)β.
std::vector<Seconds> messages_on_one_link(std::vector<Bytes> sizes, const Hockney& cost);
// C31, the parking lot: one message over all links and one more on each: all end at α + 2nβ.
Seconds parking_lot(Bytes message, const Hockney& cost);

}  // namespace lockstep::validation
