#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "topology/formats/nvidia_smi_matrix.hpp"

namespace lockstep::topology {

// The PCIe tree that a matrix implies: at each distance up to the NUMA node, which devices share what lies there.
// Distances on a tree nest, so devices that are both near to a third are near to one another.
struct SmiGroups {
  // labels[distance][device]: equal for devices of one group; at SmiDistance::self each is alone.
  std::array<std::vector<std::size_t>, 5> labels;
  // Devices of which nothing but NVLinks to all others is known: they may hang anywhere.
  std::vector<bool> unplaced;
  // Pairs of devices that are near to a common third, but not to one another as the matrix states it.
  std::size_t contradictions = 0;

  // Divides `devices` by their labels at a distance, in the order in which they appear.
  std::vector<std::vector<std::size_t>> split(const std::vector<std::size_t>& devices, SmiDistance distance) const;
};

SmiGroups group_by_distance(const SmiMatrix& matrix);

}  // namespace lockstep::topology
