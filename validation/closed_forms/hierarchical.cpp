#include "validation/closed_forms/hierarchical.hpp"

namespace lockstep::validation {

Seconds hierarchical_all_reduce(const Nodes& nodes, Bytes vector, const Hockney& inside, const Hockney& between) {
  const double g = nodes.members;
  const double count = nodes.nodes;
  const Bytes rail = vector / g;
  const Bytes combined = (g * count - 1) / (g * count) * vector;
  return 2 * (g - 1) * (inside.alpha + rail * inside.beta) +
         2 * (count - 1) * (between.alpha + rail / count * between.beta) + combined * inside.gamma;
}

Seconds hierarchical_all_reduce_sharing_a_nic(const Nodes& nodes, Bytes vector, const Hockney& inside,
                                              const Hockney& between) {
  const double g = nodes.members;
  const double count = nodes.nodes;
  return 2 * (g - 1) * (inside.alpha + vector / g * inside.beta) +
         2 * (count - 1) * (between.alpha + vector / count * between.beta);
}

}  // namespace lockstep::validation
