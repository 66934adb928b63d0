#include "topology/builders/dragonfly.hpp"

#include <string>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {
namespace {

// The letters are those of Kim et al., "Technology-Driven, Highly-Scalable Dragonfly Topology", ISCA 2008.
struct Shape {
  std::size_t groups = 0;              // g
  std::size_t switches = 0;            // a, in a group
  std::size_t devices_per_switch = 0;  // p
  std::size_t global_cables = 0;       // h, of a switch

  std::size_t capacity() const { return groups * switches * devices_per_switch; }
  std::size_t cables_between_groups() const {
    if (groups < 2) return 0;
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): there are at least two groups here.
    return switches * global_cables / (groups - 1);
  }
};

// The smallest balanced dragonfly (a = 2p = 2h) that holds the devices, with only the groups that they fill.
Shape balanced_shape(std::size_t devices) {
  Shape shape;
  do {
    shape.devices_per_switch += 1;
    shape.global_cables = shape.devices_per_switch;
    shape.switches = 2 * shape.devices_per_switch;
    shape.groups = shape.switches * shape.global_cables + 1;
  } while (shape.capacity() < devices);
  const std::size_t in_group = shape.switches * shape.devices_per_switch;
  shape.groups = (devices + in_group - 1) / in_group;
  return shape;
}

Shape read_shape(const Site& site) {
  constexpr std::int64_t most = 100'000;
  const JsonFields& fields = site.fields;
  const bool stated = fields.has("groups") || fields.has("switches_per_group");
  if (!stated) {
    Shape shape = balanced_shape(required_devices(site));
    for (const char* key : {"devices_per_switch", "global_links_per_switch"}) {
      if (fields.has(key)) fields.fail(key, "needs \"groups\" and \"switches_per_group\" beside it");
    }
    return shape;
  }
  Shape shape;
  shape.groups = static_cast<std::size_t>(fields.count("groups", 1, most));
  shape.switches = static_cast<std::size_t>(fields.count("switches_per_group", 1, most));
  shape.devices_per_switch = static_cast<std::size_t>(fields.count_or("devices_per_switch", 1, 1, most));
  const std::size_t fewest = (shape.groups - 1 + shape.switches - 1) / shape.switches;
  shape.global_cables =
      static_cast<std::size_t>(fields.count_or("global_links_per_switch", static_cast<std::int64_t>(fewest), 0, most));
  if (shape.groups > 1 && shape.cables_between_groups() == 0) {
    fields.fail("global_links_per_switch",
                std::to_string(shape.switches * shape.global_cables) + " global links a group cannot reach the " +
                    std::to_string(shape.groups - 1) + " other groups",
                "write at least " + std::to_string(fewest));
  }
  return shape;
}

// Cable c of a group leads to the group c % (g-1) + 1 further on; it leaves from switch c / h, and every pair of groups
// gets equally many.
void join_groups(Site& site, const Shape& shape, const std::vector<VertexId>& switches, const LinkProperties& global) {
  for (std::size_t group = 0; group < shape.groups; ++group) {
    for (std::size_t offset = 1; offset < shape.groups; ++offset) {
      const std::size_t other = (group + offset) % shape.groups;
      if (other < group) continue;
      for (std::size_t copy = 0; copy < shape.cables_between_groups(); ++copy) {
        const std::size_t there = copy * (shape.groups - 1) + offset - 1;
        const std::size_t back = copy * (shape.groups - 1) + (shape.groups - offset) - 1;
        site.fleet.add_cable(switches[group * shape.switches + there / shape.global_cables],
                             switches[other * shape.switches + back / shape.global_cables], global);
      }
    }
  }
}

}  // namespace

void build_dragonfly(Site& site) {
  const Shape shape = read_shape(site);
  const LinkProperties local = read_link(site.fields, "local_link", switch_cable(site));
  const LinkProperties global = read_link(site.fields, "global_link", switch_cable(site));
  const std::size_t count = end_point_count(site, shape.capacity(), "the dragonfly holds");
  const auto points = site.end_points(count);
  std::vector<VertexId> switches;
  for (std::size_t s = 0; s < shape.groups * shape.switches; ++s) {
    const auto group = static_cast<std::uint32_t>(s / shape.switches);
    switches.push_back(site.fleet.add_switch("g" + std::to_string(group) + "s" + std::to_string(s % shape.switches), 1,
                                             {.rack = static_cast<std::uint32_t>(s), .pod = group}));
  }
  for (std::size_t p = 0; p < count; ++p) {
    const VertexId home = switches[p / shape.devices_per_switch];
    Place& place = site.fleet.vertex(points[p]).place;
    place.rack = site.fleet.vertex(home).place.rack;
    place.pod = site.fleet.vertex(home).place.pod;
    site.fleet.add_cable(points[p], home, end_cable(site));
  }
  for (std::size_t s = 0; s < switches.size(); ++s) {
    const std::size_t group_end = (s / shape.switches + 1) * shape.switches;
    for (std::size_t other = s + 1; other < group_end; ++other) {
      site.fleet.add_cable(switches[s], switches[other], local);
    }
  }
  join_groups(site, shape, switches, global);
  site.routing = {.kind = RoutingSpec::Kind::shortest_path};
}

}  // namespace lockstep::topology
