#include "topology/metrics/balanced_splits.hpp"

#include <algorithm>
#include <numeric>

#include "topology/fleet_graph.hpp"
#include "topology/metrics/split_refinement.hpp"

namespace lockstep::topology {
namespace {

// The first half of the devices in the given order, against the rest.
BalancedSplit split_in_order(const Fleet& fleet, const std::vector<std::uint32_t>& order, std::string description) {
  BalancedSplit split{std::vector<bool>(fleet.device_count(), false), std::move(description)};
  for (std::size_t i = 0; i < order.size() / 2; ++i) split.in_first_half[order[i]] = true;
  return split;
}

template <class Key>
BalancedSplit split_by(const Fleet& fleet, Key key, std::string description) {
  std::vector<std::uint32_t> order(fleet.device_count());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
  return split_in_order(fleet, order, std::move(description));
}

std::vector<std::uint32_t> distances_from(const Fleet& fleet, VertexId start) {
  std::vector<std::uint32_t> distance(fleet.vertices().size(), 0xffffffff);
  std::vector<VertexId> reached = {start};
  distance[start.value()] = 0;
  for (std::size_t next = 0; next < reached.size(); ++next) {
    for (const LinkId id : fleet.graph().out_links(reached[next])) {
      const VertexId to = fleet.link(id).to;
      if (distance[to.value()] != 0xffffffff) continue;
      distance[to.value()] = distance[reached[next].value()] + 1;
      reached.push_back(to);
    }
  }
  return distance;
}

}  // namespace

std::vector<BalancedSplit> balanced_splits(const Fleet& fleet) {
  std::vector<BalancedSplit> splits;
  auto add = [&](BalancedSplit split) {
    const bool known = std::any_of(splits.begin(), splits.end(),
                                   [&](const auto& other) { return other.in_first_half == split.in_first_half; });
    if (!known) splits.push_back(std::move(split));
  };
  auto vertex = [&](std::uint32_t device) -> const Vertex& { return fleet.vertex(fleet.devices()[device]); };
  add(split_by(
      fleet, [](std::uint32_t d) { return d; }, "first half of the devices against the rest"));
  add(split_by(
      fleet, [&](std::uint32_t d) { return vertex(d).place.pod.value_or(0); }, "split by pod"));
  add(split_by(
      fleet, [&](std::uint32_t d) { return vertex(d).place.rack.value_or(0); }, "split by rack"));
  std::uint32_t stride = 1;
  for (const std::uint32_t length : fleet.routing().dimensions) {
    add(split_by(
        fleet, [=](std::uint32_t d) { return d / stride % length; }, "split across a dimension"));
    stride *= length;
  }
  // Breadth-first orders from outlying devices: each search begins at the device that the last one reached last.
  constexpr int searches = 4;
  VertexId start = fleet.devices().front();
  for (int search = 0; search < searches; ++search) {
    const auto distance = distances_from(fleet, start);
    auto key = [&](std::uint32_t d) { return distance[fleet.devices()[d].value()]; };
    add(split_by(fleet, key, "the devices near '" + fleet.vertex(start).name + "' against the rest"));
    std::uint32_t farthest = 0;
    for (std::uint32_t d = 0; d < fleet.device_count(); ++d) {
      const bool farther = key(d) != 0xffffffff && (key(farthest) == 0xffffffff || key(d) > key(farthest));
      if (farther) farthest = d;
    }
    start = fleet.devices()[farthest];
  }
  const std::size_t found = splits.size();
  for (std::size_t s = 0; s < found; ++s) {
    if (auto refined = refined_split(fleet, splits[s].in_first_half)) {
      add({*std::move(refined), "halves found by swapping devices"});
    }
  }
  return splits;
}

}  // namespace lockstep::topology
