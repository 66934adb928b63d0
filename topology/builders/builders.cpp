#include "topology/builders/builders.hpp"

#include <array>

#include "base/error.hpp"
#include "topology/builders/direct.hpp"
#include "topology/builders/dragonfly.hpp"
#include "topology/builders/fat_tree.hpp"
#include "topology/builders/hyperx.hpp"
#include "topology/builders/random_regular.hpp"
#include "topology/builders/stars.hpp"
#include "topology/builders/torus.hpp"
#include "topology/builders/tpu_pod.hpp"

namespace lockstep::topology {
namespace {

constexpr std::array catalogue = {
    NamedEntry<TopologyFunction>{"line", "devices in a row, each cabled to the next", build_line},
    NamedEntry<TopologyFunction>{"ring", "devices in a circle", build_ring},
    NamedEntry<TopologyFunction>{"full_mesh",
                                 "every device cabled to every other, or in each row and column of \"dimensions\"",
                                 build_full_mesh},
    NamedEntry<TopologyFunction>{"switch", "every device on one switch", build_switch},
    NamedEntry<TopologyFunction>{"star", "another name of switch", build_switch},
    NamedEntry<TopologyFunction>{"tree", "a thin tree of switches with \"radix\" children each", build_tree},
    NamedEntry<TopologyFunction>{"torus", "a grid of any \"dimensions\" whose sides close to rings", build_torus},
    NamedEntry<TopologyFunction>{"mesh", "a grid of any \"dimensions\" with open sides", build_mesh},
    NamedEntry<TopologyFunction>{"hypercube", "2^d devices, each cabled to d others", build_hypercube},
    NamedEntry<TopologyFunction>{"fat_tree", "a folded Clos network of any levels, radices and oversubscription",
                                 build_fat_tree},
    NamedEntry<TopologyFunction>{"leaf_spine", "leaves that are each cabled to all spines", build_leaf_spine},
    NamedEntry<TopologyFunction>{"rail_optimized", "one leaf switch for each NIC position of the nodes, spines above",
                                 build_rail_optimized},
    NamedEntry<TopologyFunction>{
        "dragonfly", "groups of switches, all joined inside and all groups joined by global links", build_dragonfly},
    NamedEntry<TopologyFunction>{"hyperx", "switches on a grid, each joined to all others of its rows", build_hyperx},
    NamedEntry<TopologyFunction>{"random_regular", "devices with \"degree\" cables each, joined at random",
                                 build_random_regular},
    NamedEntry<TopologyFunction>{"jellyfish", "switches joined as a random regular graph, devices on each",
                                 build_jellyfish},
    NamedEntry<TopologyFunction>{"tpu_pod", "cubes of chips joined by optical circuit switches to torus slices",
                                 build_tpu_pod},
    NamedEntry<TopologyFunction>{"parameter_server", "workers and servers on one switch", build_parameter_server},
};

}  // namespace

std::span<const NamedEntry<TopologyFunction>> topologies() {
  return catalogue;
}

LinkProperties read_link(const JsonFields& fields, const std::string& key, const LinkProperties& otherwise) {
  if (!fields.has(key)) return otherwise;
  const JsonFields link = fields.object(key);
  LinkProperties properties{link.required<Bandwidth>("bandwidth"), link.value_or<Seconds>("latency", Seconds(0)),
                            otherwise.kind};
  if (const auto kind = link.maybe<std::string>("kind")) properties.kind = link_kind_from(*kind, link.where("kind"));
  link.reject_unknown();
  check_link(properties, link.where());
  return properties;
}

std::size_t end_point_count(const Site& site, std::size_t capacity, const std::string& what_holds_them) {
  if (capacity > most_vertices && !site.stated) {
    site.fields.fail("", "it would have more than " + std::to_string(most_vertices) + " devices",
                     "state \"devices\" or describe a smaller fleet");
  }
  if (!site.stated) return capacity;
  if (*site.stated > capacity) {
    site.fields.fail("", std::to_string(*site.stated) + " devices are to be connected, but " + what_holds_them + " " +
                             std::to_string(capacity));
  }
  return *site.stated;
}

std::size_t exact_end_point_count(const Site& site, std::size_t places, const std::string& what_has_them) {
  if (!site.stated) return end_point_count(site, places, what_has_them);
  if (*site.stated == places) return places;
  site.fields.fail("", what_has_them + " " + std::to_string(places) + " devices, but " + std::to_string(*site.stated) +
                           " are to be connected");
}

std::size_t required_devices(const Site& site) {
  if (!site.stated) site.fields.fail("", "the field 'devices' is missing", "write for example \"devices\": 16");
  return *site.stated;
}

LinkProperties end_cable(const Site& site) {
  LinkProperties cable = site.link;
  if (site.latency_is_end_to_end) cable.latency /= 2;
  return cable;
}

LinkProperties switch_cable(const Site& site) {
  LinkProperties cable = site.link;
  if (site.latency_is_end_to_end) cable.latency = Seconds(0);
  return cable;
}

Bandwidth cables(const Site& site, double count) {
  return site.link.bandwidth * count;
}

}  // namespace lockstep::topology
