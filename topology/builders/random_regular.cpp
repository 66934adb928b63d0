#include "topology/builders/random_regular.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "topology/builders/builders.hpp"
#include "topology/builders/regular_graph.hpp"

namespace lockstep::topology {
namespace {

constexpr std::int64_t widest = 4096;

void join_at_random(Site& site, const std::vector<VertexId>& points, std::size_t degree, const LinkProperties& cable) {
  const auto seed = static_cast<std::uint64_t>(site.fields.count_or("seed", 0, 0, INT64_MAX));
  if (degree >= points.size() && points.size() > 1) {
    site.fields.fail("degree", "must be less than the " + std::to_string(points.size()) + " vertices that are joined");
  }
  if (degree * points.size() > most_links) {
    site.fields.fail(
        "degree", "degree x vertices is more than the " + std::to_string(most_links) + " links of the largest fleet");
  }
  if (degree == 1 && points.size() > 2) site.fields.fail("degree", "of 1 leaves more than two vertices not connected");
  if (degree * points.size() % 2 != 0) {
    site.fields.fail("degree", "degree x vertices must be even, since every cable has two ends");
  }
  const auto edges = random_regular_graph(points.size(), degree, seed);
  if (!edges) {
    site.fields.fail("degree", "no connected graph of this degree was found", "raise the degree");
  }
  for (const auto& [a, b] : *edges) site.fleet.add_cable(points[a], points[b], cable);
  site.routing = {.kind = RoutingSpec::Kind::ecmp, .seed = seed};
}

}  // namespace

void build_random_regular(Site& site) {
  const std::size_t count = required_devices(site);
  const auto degree = static_cast<std::size_t>(site.fields.count_or("degree", 4, 1, widest));
  join_at_random(site, site.end_points(count), degree, site.link);
}

void build_jellyfish(Site& site) {
  const auto per_switch = static_cast<std::size_t>(site.fields.count_or("devices_per_switch", 1, 1, widest));
  const auto degree = static_cast<std::size_t>(site.fields.count_or("degree", 4, 1, widest));
  std::size_t switch_count = 0;
  std::size_t count = 0;
  if (site.fields.has("switches")) {
    switch_count = static_cast<std::size_t>(site.fields.count("switches", 1, most_vertices));
    count = end_point_count(site, switch_count * per_switch, "the switches hold");
  } else {
    count = required_devices(site);
    switch_count = (count + per_switch - 1) / per_switch;
  }
  const auto points = site.end_points(count);
  std::vector<VertexId> switches;
  for (std::size_t s = 0; s < switch_count; ++s) switches.push_back(site.fleet.add_switch("s" + std::to_string(s)));
  for (std::size_t p = 0; p < points.size(); ++p) {
    site.fleet.vertex(points[p]).place.rack = static_cast<std::uint32_t>(p / per_switch);
    site.fleet.add_cable(points[p], switches[p / per_switch], end_cable(site));
  }
  join_at_random(site, switches, degree, switch_cable(site));
}

}  // namespace lockstep::topology
