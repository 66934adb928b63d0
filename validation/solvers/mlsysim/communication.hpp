#pragma once

#include <cmath>

#include "base/quantity.hpp"
#include "validation/solvers/figures.hpp"

// Costs of collectives as mlsysim's physics.communication has them: no reduction, members counted as doubles.
namespace lockstep::validation::mlsysim {

inline Seconds ring_all_reduce(Bytes message, double members, const LinkFigures& link) {
  if (members <= 1) return Seconds(0);
  return 2 * (members - 1) / members * message / link.bandwidth + 2 * (members - 1) * link.latency;
}

// Not pipelined: every level moves the whole message.
inline Seconds tree_all_reduce(Bytes message, double members, const LinkFigures& link) {
  if (members <= 1) return Seconds(0);
  const double levels = std::ceil(std::log2(members));
  return 2 * levels * message / link.bandwidth + 2 * levels * link.latency;
}

inline Seconds all_to_all(Bytes message, double members, const LinkFigures& link) {
  return (members - 1) / members * message / link.bandwidth + (members - 1) * link.latency;
}

// Reduce-scatter in the node, ring of one member a node over the share, all-gather in the node. The latency inside is
// always that of the package's default, 500 ns.
constexpr Seconds default_inside_latency(500e-9);
inline Seconds hierarchical_all_reduce(Bytes message, double nodes, double per_node, Bandwidth inside,
                                       const LinkFigures& between, Seconds inside_latency = default_inside_latency) {
  const Seconds phase = (per_node - 1) / per_node * message / inside + (per_node - 1) * inside_latency;
  return phase + ring_all_reduce(message / per_node, nodes, between) + phase;
}

// The same until June 2026: two whole all-reduces in the node around one of the whole message between nodes.
inline Seconds hierarchical_all_reduce_of_march(Bytes message, double nodes, double per_node, Bandwidth inside,
                                                const LinkFigures& between) {
  const Seconds phase = ring_all_reduce(message, per_node, {inside, default_inside_latency});
  return phase + ring_all_reduce(message, nodes, between) + phase;
}

inline double bubble_fraction(double stages, double microbatches, double virtual_stages) {
  return (stages - 1) / (virtual_stages * microbatches + stages - 1);
}

}  // namespace lockstep::validation::mlsysim
