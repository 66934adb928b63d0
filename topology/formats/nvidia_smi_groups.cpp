#include "topology/formats/nvidia_smi_groups.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace lockstep::topology {
namespace {

void merge(std::vector<std::size_t>& labels, std::size_t a, std::size_t b) {
  const std::size_t kept = labels[a];
  const std::size_t gone = labels[b];
  if (kept != gone) std::replace(labels.begin(), labels.end(), gone, kept);
}

bool any_stated_apart(const SmiMatrix& matrix, const std::vector<std::size_t>& devices) {
  for (const std::size_t a : devices) {
    for (const std::size_t b : devices) {
      if (matrix.relation(a, b).distance == SmiDistance::system) return true;
    }
  }
  return false;
}

// NV# hides the distance on PCIe. GPUs next to the same processors share a NUMA node all the same, unless the matrix
// says of any two that would then be together that they do not.
void merge_by_affinity(const SmiMatrix& matrix, std::vector<std::size_t>& labels) {
  const std::set<std::string> affinities(matrix.affinity.begin(), matrix.affinity.end());
  for (const std::string& affinity : affinities) {
    if (affinity.empty()) continue;
    std::set<std::size_t> neighbouring_labels;
    for (std::size_t device = 0; device < matrix.size(); ++device) {
      if (matrix.affinity[device] == affinity) neighbouring_labels.insert(labels[device]);
    }
    std::vector<std::size_t> together;
    for (std::size_t device = 0; device < matrix.size(); ++device) {
      if (neighbouring_labels.contains(labels[device])) together.push_back(device);
    }
    if (any_stated_apart(matrix, together)) continue;
    for (const std::size_t device : together) merge(labels, together.front(), device);
  }
}

// Pairs that share something nearer than the matrix says.
std::size_t count_contradictions(const SmiMatrix& matrix, const SmiGroups& groups) {
  std::size_t count = 0;
  for (std::size_t a = 0; a < matrix.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const SmiRelation relation = matrix.relation(a, b);
      if (relation.distance == SmiDistance::nvlinks) continue;
      const auto& nearer = groups.labels[static_cast<std::size_t>(relation.distance) - 1];
      if (nearer[a] == nearer[b]) ++count;
    }
  }
  return count;
}

bool is_unplaced(const SmiMatrix& matrix, std::size_t device) {
  if (matrix.size() == 1 || !matrix.affinity[device].empty()) return false;
  for (std::size_t other = 0; other < matrix.size(); ++other) {
    if (other != device && matrix.relation(device, other).distance != SmiDistance::nvlinks) return false;
  }
  return true;
}

}  // namespace

std::vector<std::vector<std::size_t>> SmiGroups::split(const std::vector<std::size_t>& devices,
                                                       SmiDistance distance) const {
  const std::vector<std::size_t>& label = labels[static_cast<std::size_t>(distance)];
  std::vector<std::vector<std::size_t>> parts;
  for (const std::size_t device : devices) {
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [&](const auto& members) { return label[members.front()] == label[device]; });
    if (part == parts.end()) {
      parts.push_back({device});
    } else {
      part->push_back(device);
    }
  }
  return parts;
}

SmiGroups group_by_distance(const SmiMatrix& matrix) {
  SmiGroups groups;
  std::vector<std::size_t> labels(matrix.size());
  std::iota(labels.begin(), labels.end(), 0);
  groups.labels[0] = labels;
  for (std::size_t distance = 1; distance < groups.labels.size(); ++distance) {
    for (std::size_t a = 0; a < matrix.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (static_cast<std::size_t>(matrix.relation(a, b).distance) == distance) merge(labels, a, b);
      }
    }
    if (distance == static_cast<std::size_t>(SmiDistance::numa_node)) merge_by_affinity(matrix, labels);
    groups.labels[distance] = labels;
  }
  for (std::size_t device = 0; device < matrix.size(); ++device) groups.unplaced.push_back(is_unplaced(matrix, device));
  groups.contradictions = count_contradictions(matrix, groups);
  return groups;
}

}  // namespace lockstep::topology
