#include <algorithm>

#include "base/error.hpp"
#include "topology/formats/simgrid/draft.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

namespace lockstep::topology::simgrid {
namespace {

using Shortfall = Shortfalls::Kind;

// A few letters of XML must not fill the machine's memory.
constexpr std::uint64_t most_hosts = 1'000'000;
constexpr std::uint64_t most_cables = 2'000'000;

struct Cluster {
  Element element;
  ZoneId zone;
  std::vector<std::uint32_t> numbers;  // of the hosts
};

std::vector<std::uint32_t> host_numbers(const Element& element) {
  const std::string written = element.required("radical");
  const auto radical = Radical::from(written);
  if (!radical) {
    element.fail("radical=\"" + written + "\" is not a list of host numbers",
                 "write for example \"0-99\" or \"1-3,7\"");
  }
  if (radical->size() > most_hosts) {
    element.fail("radical=\"" + written + "\" stands for more than " + std::to_string(most_hosts) + " hosts",
                 "describe a smaller cluster");
  }
  return radical->first(radical->size());
}

// The numbers of one part of topo_parameters. Zeros make no cluster.
std::vector<std::uint32_t> shape_numbers(const Element& element, std::string_view part) {
  std::vector<std::uint32_t> numbers;
  for (const std::string_view piece : split(part, ",")) {
    const auto number = count_from(piece);
    if (!number || *number == 0) {
      element.fail("topo_parameters=\"" + std::string(element.text("topo_parameters")) + "\" holds \"" +
                   std::string(piece) + "\", which is not a count of at least 1");
    }
    numbers.push_back(*number);
  }
  return numbers;
}

[[noreturn]] void fail_shape(const Element& element, const std::string& topology, const std::string& form) {
  element.fail("topo_parameters=\"" + std::string(element.text("topo_parameters")) + "\" do not describe a " + topology,
               "write " + form);
}

// SimGrid takes the first hosts of the radical, and fails when there are too few.
void fit_hosts(Draft& draft, Cluster& cluster, std::uint64_t needed, std::uint64_t cables) {
  if (needed > most_hosts || cables > most_cables) {
    cluster.element.fail("topo_parameters=\"" + std::string(cluster.element.text("topo_parameters")) +
                             "\" describe a cluster that is too large",
                         "describe a smaller cluster");
  }
  if (cluster.numbers.size() < needed) {
    cluster.element.fail("topo_parameters ask for " + std::to_string(needed) + " hosts, and the radical lists " +
                         std::to_string(cluster.numbers.size()));
  }
  if (cluster.numbers.size() > needed) draft.shortfalls.note(Shortfall::surplus_hosts, cluster.element.required("id"));
  cluster.numbers.resize(needed);
}

// How many hosts share a rack or a pod; nothing where the cluster has no such level.
struct Grouping {
  std::optional<std::uint64_t> rack = {};
  std::optional<std::uint64_t> pod = {};
};

std::uint32_t groups(std::uint64_t hosts, std::uint64_t size) {
  return static_cast<std::uint32_t>((hosts + size - 1) / size);
}

std::vector<VertexId> add_hosts(Draft& draft, const Cluster& cluster, const Grouping& grouping) {
  const Element& element = cluster.element;
  const std::string id = element.required("id");
  const std::string speeds = element.required("speed");
  const std::uint32_t cores = element.count("core", 1);
  if (cores == 0) element.fail("a host needs at least one core");
  const FlopRate compute = element.flop_rate("speed", split(speeds, ",").front()) * cores;
  if (split(speeds, ",").size() > 1) draft.shortfalls.note(Shortfall::pstates, id);
  if (cores > 1) draft.shortfalls.note(Shortfall::cores, id);
  const std::string prefix = element.required("prefix");
  const std::string suffix = element.required("suffix");
  std::vector<VertexId> hosts;
  hosts.reserve(cluster.numbers.size());
  for (std::uint64_t rank = 0; rank < cluster.numbers.size(); ++rank) {
    Place place;
    if (grouping.rack) place.rack = draft.racks + static_cast<std::uint32_t>(rank / *grouping.rack);
    if (grouping.pod) place.pod = draft.pods + static_cast<std::uint32_t>(rank / *grouping.pod);
    std::string name = prefix;
    name.append(std::to_string(cluster.numbers[rank])).append(suffix);
    const NetpointId host = draft.add_host(element, cluster.zone, name, compute, place);
    hosts.push_back(draft.tree.netpoint(host).vertex);
  }
  if (grouping.rack) draft.racks += groups(hosts.size(), *grouping.rack);
  if (grouping.pod) draft.pods += groups(hosts.size(), *grouping.pod);
  return hosts;
}

// An attribute that is absent, or nought, asks for no such link.
std::optional<Bandwidth> optional_bandwidth(const Element& element, const char* attribute) {
  if (!element.has(attribute) || bandwidth_from(element.text(attribute)) == Bandwidth(0)) return std::nullopt;
  return element.bandwidth(attribute);
}

ClusterFabric fabric_of(Draft& draft, const Cluster& cluster, std::vector<VertexId> hosts) {
  const Element& element = cluster.element;
  const std::string id = element.required("id");
  const std::string policy = element.choice("sharing_policy", {"SPLITDUPLEX", "FULLDUPLEX", "SHARED", "FATPIPE"});
  if (policy == "FATPIPE") draft.shortfalls.note(Shortfall::shared_fat_pipe, id);
  if (element.has("loopback_bw") || element.has("loopback_lat")) draft.shortfalls.note(Shortfall::loopback, id);
  return {.wiring = draft.wiring,
          .id = id,
          .hosts = std::move(hosts),
          .link = {element.bandwidth("bw"), element.seconds("lat"), LinkKind::network},
          .split_duplex = policy == "SPLITDUPLEX" || policy == "FULLDUPLEX",
          .limiter_bandwidth = optional_bandwidth(element, "limiter_link")};
}

std::optional<ChannelId> add_backbone(Draft& draft, const Element& element) {
  const Seconds latency = element.has("bb_lat") ? element.seconds("bb_lat") : Seconds(0);
  const auto bandwidth = optional_bandwidth(element, "bb_bw");
  const std::string policy = element.choice("bb_sharing_policy", {"SHARED", "FATPIPE"});
  if (!bandwidth && latency.si() > 0) element.fail("bb_lat asks for a backbone, and bb_bw gives it no bandwidth");
  if (!bandwidth) return std::nullopt;
  return draft.wiring.add_link({.bandwidth = *bandwidth,
                                .latency = latency,
                                .kind = LinkKind::network,
                                .sharing = policy == "FATPIPE" ? Sharing::fat_pipe : Sharing::shared,
                                .name = element.required("id") + "_backbone"});
}

std::unique_ptr<const ZoneRouting> read_flat(Draft& draft, const Cluster& cluster) {
  const Element& element = cluster.element;
  const std::string id = element.required("id");
  const ClusterFabric fabric = fabric_of(draft, cluster, add_hosts(draft, cluster, {.rack = cluster.numbers.size()}));
  Star star{.zone = id, .backbone = add_backbone(draft, element)};
  for (std::size_t rank = 0; rank < fabric.hosts.size(); ++rank) {
    const auto limiter = fabric.add_limiter(cluster.numbers[rank]);
    const Cable cable = fabric.add_cable(id + "_link_" + std::to_string(cluster.numbers[rank]));
    star.members.push_back({.vertex = fabric.hosts[rank], .arm = Arm{.cable = cable, .limiter = limiter}});
  }
  const std::string router = element.has("router_id")
                                 ? element.required("router_id")
                                 : element.required("prefix") + id + "_router" + element.required("suffix");
  const NetpointId router_id = draft.add_router(element, cluster.zone, router);
  star.members.push_back({.vertex = draft.tree.netpoint(router_id).vertex});
  return star_routing(draft.wiring, star);
}

std::unique_ptr<const ZoneRouting> read_torus(Draft& draft, Cluster& cluster) {
  const auto dimensions = shape_numbers(cluster.element, cluster.element.text("topo_parameters"));
  const std::uint64_t hosts = saturating_product(dimensions);
  fit_hosts(draft, cluster, hosts, hosts * dimensions.size());
  return torus_routing(fabric_of(draft, cluster, add_hosts(draft, cluster, {.rack = hosts})), dimensions);
}

std::unique_ptr<const ZoneRouting> read_fat_tree(Draft& draft, Cluster& cluster) {
  const Element& element = cluster.element;
  const std::string form =
      "\"levels;nodes below each switch;switches above each node;parallel cables\", such as "
      "\"2;4,4;1,2;1,2\"";
  const auto parts = split(element.text("topo_parameters"), ";");
  if (parts.size() != 4) fail_shape(element, "fat tree", form);
  const auto levels = shape_numbers(element, parts[0]);
  const FatTreeShape shape{shape_numbers(element, parts[1]), shape_numbers(element, parts[2]),
                           shape_numbers(element, parts[3])};
  for (const auto& list : {shape.children, shape.parents, shape.cables}) {
    if (levels.size() != 1 || levels[0] > 255 || list.size() != levels[0]) fail_shape(element, "fat tree", form);
  }
  fit_hosts(draft, cluster, shape.hosts(), shape.elements());
  Grouping grouping{.rack = shape.children[0]};
  if (shape.children.size() > 2) grouping.pod = *grouping.rack * shape.children[1];
  return fat_tree_routing(fabric_of(draft, cluster, add_hosts(draft, cluster, grouping)), shape,
                          draft.fat_tree_numbers);
}

std::unique_ptr<const ZoneRouting> read_dragonfly(Draft& draft, Cluster& cluster) {
  const Element& element = cluster.element;
  const std::string form = "\"groups,links;chassis,links;blades,links;nodes\", such as \"3,4;4,3;5,1;2\"";
  const auto parts = split(element.text("topo_parameters"), ";");
  if (parts.size() != 4) fail_shape(element, "dragonfly", form);
  std::vector<DragonflyShape::Level> levels;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto pair = shape_numbers(element, parts[i]);
    if (pair.size() != 2) fail_shape(element, "dragonfly", form);
    levels.push_back({pair[0], pair[1]});
  }
  const auto nodes = shape_numbers(element, parts[3]);
  if (nodes.size() != 1) fail_shape(element, "dragonfly", form);
  const DragonflyShape shape{levels[0], levels[1], levels[2], nodes[0]};
  if (shape.groups.count > shape.blades.count) {
    element.fail("a dragonfly of " + std::to_string(shape.groups.count) +
                     " groups needs as many blades a chassis, not " + std::to_string(shape.blades.count),
                 "SimGrid leads every group's cable to a blade of its own in chassis 0");
  }
  fit_hosts(draft, cluster, shape.hosts(), shape.cables());
  const std::uint64_t chassis = std::uint64_t{shape.blades.count} * shape.nodes;
  const Grouping grouping{.rack = chassis, .pod = chassis * shape.chassis.count};
  return dragonfly_routing(fabric_of(draft, cluster, add_hosts(draft, cluster, grouping)), shape,
                           draft.dragonfly_cables);
}

}  // namespace

void read_cluster(Draft& draft, const Element& element, std::optional<ZoneId> parent) {
  const std::string topology = element.choice("topology", {"FLAT", "TORUS", "FAT_TREE", "DRAGONFLY"});
  Cluster cluster{element, draft.add_zone(element, parent), host_numbers(element)};
  for (const Element& property : element.children()) {
    draft.shortfalls.note(Shortfall::property, "'" + property.required("id") + "' of '" + element.required("id") + "'");
  }
  std::unique_ptr<const ZoneRouting> routing;
  if (topology == "FLAT") routing = read_flat(draft, cluster);
  if (topology == "TORUS") routing = read_torus(draft, cluster);
  if (topology == "FAT_TREE") routing = read_fat_tree(draft, cluster);
  if (topology == "DRAGONFLY") routing = read_dragonfly(draft, cluster);
  draft.tree.set_routing(cluster.zone, std::move(routing));
}

}  // namespace lockstep::topology::simgrid
