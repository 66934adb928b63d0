#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topology/fleet.hpp"

// Figures that describe a fleet's graph.
namespace lockstep::topology {

// Distances in links between devices, over all ordered pairs of different devices that are connected.
struct HopMetrics {
  std::uint32_t diameter = 0;
  double average = 0;
  std::uint64_t connected_pairs = 0;
  bool sampled = false;  // true when the fleet is too long and wide to measure from every device
};
HopMetrics measure_hops(const Fleet& fleet);

// Groups of vertices between which no path exists, whichever way the links point, largest first.
struct Component {
  std::size_t vertices = 0;
  std::size_t devices = 0;
  VertexId example;  // its first device, or vertex where it has none
};
std::vector<Component> find_components(const Fleet& fleet);

// The bandwidth between two halves of the devices, as small as a balanced split makes it.
struct Bisection {
  Bandwidth one_way;  // from one half to the other, the smaller direction
  Bandwidth both_ways;
  std::string method;  // the formula, or which splits were cut
  bool exact = false;  // false: the smallest of the splits tried, an upper bound
};
Bisection measure_bisection(const Fleet& fleet);
// The same by maximum flow alone, even where a formula is known.
Bisection bisection_by_flow(const Fleet& fleet);
// The most that the devices marked `true` can send to the others at once (maximum flow = minimum cut).
Bandwidth cut_bandwidth(const Fleet& fleet, const std::vector<bool>& in_first_half);

// How many routes between devices use each link, when every device sends to every other.
struct LinkLoads {
  std::vector<double> routes;  // of each channel
  std::uint64_t pairs = 0;     // ordered pairs that were routed
  bool sampled = false;        // true when there were too many pairs to route them all
};
LinkLoads measure_link_loads(const Fleet& fleet);

// How much more a tier of switches can receive from below than it can send up, at worst; absent where the fleet has no
// tiers.
struct Oversubscription {
  double worst = 1;
  std::vector<double> per_level;  // leaves first
};
std::optional<Oversubscription> measure_oversubscription(const Fleet& fleet);

}  // namespace lockstep::topology
