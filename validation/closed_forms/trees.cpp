#include "validation/closed_forms/trees.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::validation {

Seconds chain_broadcast(std::uint32_t members, std::uint32_t segments, Bytes vector, const Hockney& cost) {
  const double p = members;
  const double k = segments;
  return (p - 2 + k) * (cost.alpha + vector / k * cost.beta);
}

Seconds chain_broadcast_hiding_latency(std::uint32_t members, std::uint32_t segments, Bytes vector,
                                       const Hockney& cost) {
  const double p = members;
  const double k = segments;
  const Seconds segment = vector / k * cost.beta;
  return (p - 1) * (cost.alpha + segment) + (k - 1) * segment;
}

double best_chain_segments(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return std::sqrt((members - 2.0) * (vector * cost.beta / cost.alpha));
}

Seconds best_chain_broadcast(std::uint32_t members, Bytes vector, const Hockney& cost) {
  const double root = std::sqrt((members - 2.0) * cost.alpha.si()) + std::sqrt((vector * cost.beta).si());
  return Seconds(root * root);
}

Seconds binomial_broadcast(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return ceil_lg(members) * (cost.alpha + vector * cost.beta);
}

Seconds binomial_reduce(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return ceil_lg(members) * (cost.alpha + vector * cost.beta + vector * cost.gamma);
}

Seconds tree_all_reduce(std::uint32_t members, Bytes vector, const Hockney& cost) {
  return binomial_reduce(members, vector, cost) + binomial_broadcast(members, vector, cost);
}

Seconds binary_tree_broadcast(std::uint32_t levels, std::uint32_t segments, Bytes vector, const Hockney& cost) {
  const double k = segments;
  return 2 * (k + levels - 1) * (cost.alpha + vector / k * cost.beta);
}

Seconds binary_tree_broadcast_hiding_latency(std::uint32_t levels, std::uint32_t segments, Bytes vector,
                                             const Hockney& cost) {
  const double k = segments;
  const double h = levels;
  return 2 * (k + h - 1) * (vector / k * cost.beta) + h * cost.alpha;
}

double best_binary_tree_segments(std::uint32_t levels, Bytes vector, const Hockney& cost) {
  return std::sqrt((levels - 1.0) * (vector * cost.beta / cost.alpha));
}

DoubleTreeShape double_tree_shape(std::uint32_t members) {
  return {.depth = ceil_lg(members), .degree = std::min<std::uint32_t>(members, 4)};
}

Bracket double_tree_all_reduce(const DoubleTreeShape& shape, std::uint32_t segments, Bytes vector,
                               const Hockney& cost) {
  const double levels = shape.depth;
  const double k = segments;
  const Seconds port = shape.degree / 2.0 * (vector * cost.beta);
  const Seconds way = 2 * levels * (cost.alpha + vector / (2 * k) * cost.beta);
  return {.lower = std::max(port, way), .upper = (1 + 2 * levels / k) * port + (4 * levels + 2 * k) * cost.alpha};
}

}  // namespace lockstep::validation
