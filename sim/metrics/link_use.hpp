#pragma once

#include <string>
#include <vector>

#include "sim/timeline.hpp"
#include "topology/fleet.hpp"

namespace lockstep::sim {

// What crossed one capacity of the fleet over a whole run.
struct LinkUse {
  std::string name;
  Bytes bytes;
  double utilization = 0;  // of what it could have carried until the end
};

// Those that carried most for what they can, busiest first; at most so many, and none that carried nothing.
std::vector<LinkUse> busiest_links(const topology::Fleet& fleet, const Timeline& timeline, std::size_t most);

}  // namespace lockstep::sim
