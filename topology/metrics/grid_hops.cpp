#include "topology/metrics/grid_hops.hpp"

#include <algorithm>
#include <cmath>

#include "topology/fleet_graph.hpp"

namespace lockstep::topology {
namespace {

struct Grid {
  const std::vector<std::uint32_t>& dimensions;
  const std::vector<bool>& wrap;
};

// The devices one step from `point`, as their numbers.
std::vector<std::size_t> neighbours(const Grid& grid, std::size_t point) {
  std::vector<std::size_t> result;
  std::size_t stride = 1;
  for (std::size_t d = 0; d < grid.dimensions.size(); ++d) {
    const std::size_t length = grid.dimensions[d];
    const std::size_t here = point / stride % length;
    const std::size_t base = point - here * stride;
    const bool closes = grid.wrap[d] && length > 2;
    if (here + 1 < length || closes) result.push_back(base + (here + 1) % length * stride);
    if (here > 0 || closes) result.push_back(base + (here + length - 1) % length * stride);
    stride *= length;
  }
  std::sort(result.begin(), result.end());
  return result;
}

bool is_grid(const Fleet& fleet, const Grid& grid) {
  for (std::size_t point = 0; point < fleet.device_count(); ++point) {
    std::vector<std::size_t> targets;
    // Only devices are vertices here, so that a device's number is its vertex's.
    for (const LinkId id : fleet.graph().out_links(VertexId(point))) targets.push_back(fleet.link(id).to.value());
    std::sort(targets.begin(), targets.end());
    if (targets != neighbours(grid, point)) return false;
  }
  return true;
}

}  // namespace

std::optional<HopMetrics> grid_hops(const Fleet& fleet) {
  const RoutingSpec& routing = fleet.routing();
  double points = 1;
  for (const std::uint32_t length : routing.dimensions) points *= length;
  const bool may_be = routing.kind == RoutingSpec::Kind::dimension_order &&
                      routing.wrap.size() == routing.dimensions.size() && points == double(fleet.device_count()) &&
                      fleet.vertices().size() == fleet.device_count();
  if (!may_be || !is_grid(fleet, {routing.dimensions, routing.wrap})) return std::nullopt;
  HopMetrics metrics;
  const std::uint64_t devices = fleet.device_count();
  metrics.connected_pairs = devices * (devices - 1);
  double mean = 0;  // over all ordered pairs, those of a device with itself included
  for (std::size_t d = 0; d < routing.dimensions.size(); ++d) {
    const std::uint32_t length = routing.dimensions[d];
    const double n = length;
    metrics.diameter += routing.wrap[d] ? length / 2 : length - 1;
    mean += routing.wrap[d] ? std::floor(n / 2) * std::ceil(n / 2) / n : (n * n - 1) / (3 * n);
  }
  if (devices > 1) metrics.average = mean * points / (points - 1);
  return metrics;
}

}  // namespace lockstep::topology
