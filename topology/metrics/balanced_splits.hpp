#pragma once

#include <string>
#include <vector>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// The devices in two halves (of n and n+1 when odd).
struct BalancedSplit {
  std::vector<bool> in_first_half;  // of each device
  std::string description;
};

// Splits that are likely to cut little: by order, by coordinate, by distance from outlying devices, and what swapping
// devices makes of these. At least one; no two alike.
std::vector<BalancedSplit> balanced_splits(const Fleet& fleet);

}  // namespace lockstep::topology
