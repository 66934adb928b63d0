#include "topology/builders/hyperx.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {
namespace {

// The fewest cables across the middle of an even dimension (Ahn et al., "HyperX", SC 2009), but never more than the
// devices of one half can send.
std::optional<KnownBisection> hyperx_bisection(const Site& site, std::span<const std::uint32_t> dimensions,
                                               std::size_t devices) {
  const auto switches = static_cast<double>(product(dimensions));
  std::optional<double> least;
  for (const std::uint32_t length : dimensions) {
    if (length == 1) continue;
    if (length % 2 != 0) return std::nullopt;
    const double crossing = switches * length / 4;
    if (!least || crossing < *least) least = crossing;
  }
  if (!least) return std::nullopt;
  const double sending = double(devices) / 2;
  return KnownBisection{cables(site, std::min(*least, sending)),
                        "min(switches x shortest side / 4, devices / 2) cables"};
}

}  // namespace

void build_hyperx(Site& site) {
  const auto dimensions = read_dimensions(site.fields);
  const auto per_switch = static_cast<std::size_t>(site.fields.count_or("devices_per_switch", 1, 1, 4096));
  const std::size_t capacity = product(dimensions) * per_switch;
  const std::size_t count = end_point_count(site, capacity, "the switches hold");
  const auto points = site.end_points(count);
  std::vector<VertexId> switches;
  for (std::size_t s = 0; s < product(dimensions); ++s) {
    switches.push_back(site.fleet.add_switch("s" + std::to_string(s)));
  }
  for (std::size_t p = 0; p < points.size(); ++p) {
    site.fleet.vertex(points[p]).place.rack = static_cast<std::uint32_t>(p / per_switch);
    site.fleet.add_cable(points[p], switches[p / per_switch], end_cable(site));
  }
  join_all_in_each_dimension(site, switches, dimensions, switch_cable(site));
  site.routing = {.kind = RoutingSpec::Kind::dimension_order,
                  .dimensions = dimensions,
                  .wrap = std::vector<bool>(dimensions.size(), false)};
  if (count == capacity) site.bisection = hyperx_bisection(site, dimensions, count);
}

}  // namespace lockstep::topology
