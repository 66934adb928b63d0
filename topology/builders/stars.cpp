#include "topology/builders/stars.hpp"

#include <string>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {

void build_switch(Site& site) {
  const std::size_t count = required_devices(site);
  const auto points = site.end_points(count);
  const VertexId hub = site.fleet.add_switch("s0");
  for (const VertexId point : points) site.fleet.add_cable(point, hub, end_cable(site));
  site.routing = {.kind = RoutingSpec::Kind::up_down};
  const std::size_t half = count / 2;
  if (count > 1) site.bisection = {cables(site, double(half)), "floor(devices / 2) cables"};
}

void build_parameter_server(Site& site) {
  constexpr std::int64_t most = 1'000'000;
  const auto servers = static_cast<std::size_t>(site.fields.count_or("servers", 1, 1, most));
  std::size_t count = 0;
  if (site.fields.has("workers")) {
    count = end_point_count(site, static_cast<std::size_t>(site.fields.count("workers", 1, most)) + servers,
                            "\"workers\" and \"servers\" are together");
  } else {
    count = required_devices(site);
    if (count <= servers) {
      site.fields.fail("devices", "they include the " + std::to_string(servers) + " servers, so none is left to work");
    }
  }
  const LinkProperties server_link = read_link(site.fields, "server_link", end_cable(site));
  const auto points = site.end_points(count);
  const VertexId hub = site.fleet.add_switch("s0");
  for (std::size_t p = 0; p < points.size(); ++p) {
    const bool is_server = p >= count - servers;
    site.fleet.add_cable(points[p], hub, is_server ? server_link : end_cable(site));
  }
  site.routing = {.kind = RoutingSpec::Kind::up_down};
  const std::size_t half = count / 2;
  if (server_link == end_cable(site)) site.bisection = {cables(site, double(half)), "floor(devices / 2) cables"};
}

void build_tree(Site& site) {
  constexpr std::int64_t widest = 1'000'000;
  const auto radix = static_cast<std::size_t>(site.fields.count_or("radix", 2, 2, widest));
  std::size_t count = 0;
  if (site.fields.has("levels") && !site.stated) {
    const std::int64_t levels = site.fields.count("levels", 1, 22);
    count = 1;
    for (std::int64_t level = 0; level < levels && count <= most_vertices; ++level) count *= radix;
    count = end_point_count(site, count, "the tree holds");
  } else {
    count = required_devices(site);
  }
  std::vector<VertexId> below = site.end_points(count);
  std::size_t switches = 0;
  for (std::uint8_t level = 1; level == 1 || below.size() > 1; ++level) {
    std::vector<VertexId> parents;
    for (std::size_t child = 0; child < below.size(); ++child) {
      if (child % radix == 0) parents.push_back(site.fleet.add_switch("s" + std::to_string(switches++), level));
      site.fleet.add_cable(below[child], parents.back(), level == 1 ? end_cable(site) : switch_cable(site));
    }
    below = std::move(parents);
  }
  site.routing = {.kind = RoutingSpec::Kind::up_down};
}

}  // namespace lockstep::topology
