#include "topology/fleet_spec.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_setting.hpp"
#include "base/text_file.hpp"
#include "topology/builders/builders.hpp"
#include "topology/fleet_parts_spec.hpp"
#include "topology/node_spec.hpp"
#include "topology/storage.hpp"

namespace lockstep::topology {
namespace {

constexpr auto most_devices = static_cast<std::int64_t>(most_vertices);

const NamedEntry<TopologyFunction>& find_topology(const JsonFields& fields) {
  return find_entry(topologies(), fields.required<std::string>("topology"), "topology", fields.where("topology"));
}

Site make_site(const JsonFields& fields, FleetBuilder& builder, const FleetSources& sources) {
  const auto link = read_stated_link(fields, "link", sources.catalog);
  if (!link) {
    fields.fail("", "the field 'link' is missing",
                "write for example \"link\": {\"bandwidth\": \"50 GB/s\", \"latency\": \"2 us\"}");
  }
  return {.fields = fields,
          .fleet = builder,
          .link = link->properties,
          .latency_is_end_to_end = link->latency_is_end_to_end};
}

// "overrides": [{"from": "d0", "to": "d1", "bandwidth": …, "latency": …, "both_ways": true}].
void apply_overrides(const JsonFields& fields, FleetBuilder& builder) {
  for (const JsonFields& override : fields.objects("overrides")) {
    auto find = [&](const char* key) {
      const auto name = override.required<std::string>(key);
      const auto vertex = builder.find_vertex(name);
      if (!vertex) override.fail(key, "the fleet has no vertex '" + name + "'");
      return *vertex;
    };
    const VertexId from = find("from");
    const VertexId to = find("to");
    const bool both_ways = override.value_or<bool>("both_ways", false);
    const auto bandwidth = override.maybe<Bandwidth>("bandwidth");
    const auto latency = override.maybe<Seconds>("latency");
    override.reject_unknown();
    bool found = false;
    for (const Link& link : builder.parts().links) {
      const bool there = link.from == from && link.to == to;
      const bool back = both_ways && link.from == to && link.to == from;
      if (!there && !back) continue;
      Channel& channel = builder.parts().channels[link.channel.value()];
      if (bandwidth) channel.bandwidth = *bandwidth;
      if (latency) channel.latency = *latency;
      check_link({channel.bandwidth, channel.latency}, override.where());
      found = found || there;
    }
    if (!found) override.fail("", "no link leads straight from the one to the other", "see them with --route");
  }
}

// What every fleet that is built here may also say.
Fleet finish(const JsonFields& fields, Site& site, FleetBuilder& builder, RoutingSpec routing) {
  if (const auto kind = fields.maybe<std::string>("routing")) {
    const RoutingSpec::Kind chosen = routing_kind_from(*kind, fields.where("routing"));
    if (routing.kind == RoutingSpec::Kind::rail && chosen != RoutingSpec::Kind::rail) {
      routing.fabric = chosen;
    } else {
      routing.kind = chosen;
    }
  }
  routing.seed = static_cast<std::uint64_t>(
      fields.count_or("routing_seed", static_cast<std::int64_t>(routing.seed), 0, INT64_MAX));
  const bool overridden = fields.has("overrides");
  apply_overrides(fields, builder);
  fields.reject_unknown();
  builder.set_routing(std::move(routing));
  if (site.bisection && !overridden) builder.set_known_bisection(site.bisection->one_way, site.bisection->formula);
  return builder.build();
}

Fleet build_flat(const JsonFields& fields, const FleetSources& sources) {
  const auto& topology = find_topology(fields);
  FleetBuilder builder(fields.value_or<std::string>("name", std::string(topology.name)));
  const DeviceModelId model = builder.add_device_model(read_device_model(fields, "device", sources.catalog));
  Site site = make_site(fields, builder, sources);
  if (fields.has("devices")) site.stated = static_cast<std::size_t>(fields.count("devices", 1, most_devices));
  site.end_points = [&](std::size_t count) {
    std::vector<VertexId> devices;
    for (std::size_t d = 0; d < count; ++d) devices.push_back(builder.add_device("d" + std::to_string(d), model));
    return devices;
  };
  topology.function(site);
  return finish(fields, site, builder, site.routing);
}

RoutingSpec routing_of_nodes(const JsonFields& fields, const Site& site) {
  RoutingSpec routing{.kind = RoutingSpec::Kind::rail,
                      .fabric = site.routing.kind,
                      .fabric_dimensions = site.routing.dimensions,
                      .fabric_wrap = site.routing.wrap,
                      .seed = site.routing.seed};
  if (const auto way = fields.maybe<std::string>("cross_rail")) {
    routing.cross_rail = cross_rail_from(*way, fields.where("cross_rail"));
  }
  return routing;
}

// A node stands in the rack of its NICs, where they all stand in one.
void place_nodes_by_their_nics(FleetBuilder& builder, const std::vector<VertexId>& end_points) {
  std::vector<std::optional<Place>> of_node;
  for (const VertexId point : end_points) {
    const Place& place = builder.vertex(point).place;
    if (of_node.size() <= *place.node) of_node.resize(*place.node + 1);
    std::optional<Place>& common = of_node[*place.node];
    if (!common) common = place;
    if (common->rack != place.rack) common->rack = std::nullopt;
    if (common->pod != place.pod) common->pod = std::nullopt;
  }
  for (Vertex& vertex : builder.parts().vertices) {
    if (vertex.place.node && vertex.kind != VertexKind::nic) vertex.place = *of_node[*vertex.place.node];
  }
}

// Whether every NIC hangs on devices directly, by cables that are no slower than its own: only then is the fabric what
// limits the fleet, and its formula the fleet's.
bool nics_reach_devices(const FleetBuilder& builder, const std::vector<VertexId>& end_points, Bandwidth cable) {
  std::vector<Bandwidth> from_devices(builder.vertex_count());
  for (const Link& link : builder.parts().links) {
    const Vertex& from = builder.vertex(link.from);
    const bool inside = from.kind == VertexKind::device && from.place.node == builder.vertex(link.to).place.node;
    if (inside) from_devices[link.to.value()] += builder.parts().channels[link.channel.value()].bandwidth;
  }
  return std::all_of(end_points.begin(), end_points.end(), [&](VertexId point) {
    return builder.vertex(point).kind == VertexKind::device || from_devices[point.value()] >= cable;
  });
}

// Nodes on a fabric. `fabric` says the topology; `fields` the rest.
Fleet build_nodes(const JsonFields& fields, const JsonFields& fabric, const Fleet& node, std::size_t nodes,
                  const FleetSources& sources) {
  const auto& topology = find_topology(fabric);
  FleetBuilder builder(fields.value_or<std::string>("name", node.name() + " x " + std::to_string(nodes)));
  std::vector<VertexId> end_points;
  for (std::size_t n = 0; n < nodes; ++n) {
    const auto own = add_node(builder, node, static_cast<std::uint32_t>(n));
    end_points.insert(end_points.end(), own.begin(), own.end());
  }
  Site site = make_site(fabric, builder, sources);
  if (site.link.kind == LinkKind::generic) site.link.kind = LinkKind::network;
  site.stated = end_points.size();
  site.rails = end_points.size() / nodes;
  site.end_points = [&](std::size_t count) {
    if (count != end_points.size()) {
      fabric.fail("", "the topology has " + std::to_string(count) + " places, but there are " +
                          std::to_string(end_points.size()) + " NICs to connect");
    }
    return end_points;
  };
  topology.function(site);
  place_nodes_by_their_nics(builder, end_points);
  // A formula for the end points holds for the fleet when no balanced split gains or loses by cutting through nodes: an
  // even number of them, on a network of switches, every device with NICs of its own.
  const bool formula_holds = nodes % 2 == 0 && site.routing.kind == RoutingSpec::Kind::up_down &&
                             site.rails % node.device_count() == 0 &&
                             nics_reach_devices(builder, end_points, site.link.bandwidth);
  if (!formula_holds) site.bisection = std::nullopt;
  return finish(fields, site, builder, routing_of_nodes(fields, site));
}

std::size_t node_count(const JsonFields& fields, const Fleet& node) {
  const std::int64_t most = most_devices / static_cast<std::int64_t>(node.vertices().size());
  return static_cast<std::size_t>(fields.count("nodes", 1, std::max<std::int64_t>(most, 1)));
}

// {"node": …, "nodes": 32, "fabric": {…} or "InfiniBand_NDR"}.
Fleet build_composed(const JsonFields& fields, const FleetSources& sources) {
  const Fleet node = read_node(fields, "node", sources);
  const std::size_t nodes = node_count(fields, node);
  const Json* fabric = fields.raw("fabric");
  if (fabric == nullptr) {
    fields.fail("", "the field 'fabric' is missing",
                "write for example \"fabric\": {\"topology\": \"rail_optimized\", \"link\": \"InfiniBand_NDR\"}");
  }
  if (!fabric->is_string()) {
    const JsonFields described = fields.object("fabric");
    Fleet fleet = build_nodes(fields, described, node, nodes, sources);
    described.reject_unknown();
    return fleet;
  }
  const auto name = fabric->get<std::string>();
  const CatalogEntry& entry = sources.catalog.find("fabric", name, fields.where("fabric"));
  constexpr int switch_ports = 64;  // of an NDR or 51.2 Tbit/s switch at its full port speed
  Json spec = {{"topology", entry.fields().value_or<std::string>("topology", "fat_tree")},
               {"link", name},
               {"radix", switch_ports}};
  if (entry.value().contains("oversubscription")) spec["oversubscription"] = entry.value()["oversubscription"];
  return build_nodes(fields, JsonFields(spec, fields.file(), "fabric"), node, nodes, sources);
}

// {"topology": "rail_optimized", "devices": 256, "devices_per_node": 8, "nics_per_device": 1}: the nodes are implied.
Fleet build_rails(const JsonFields& fields, const FleetSources& sources) {
  NodeShape shape;
  const auto devices = static_cast<std::size_t>(fields.count("devices", 1, most_devices));
  shape.devices = static_cast<std::size_t>(fields.count_or("devices_per_node", 8, 1, 1024));
  if (devices % shape.devices != 0) {
    fields.fail("devices", std::to_string(devices) + " devices do not fill nodes of " + std::to_string(shape.devices),
                "state \"devices_per_node\"");
  }
  const auto link = read_stated_link(fields, "link", sources.catalog);
  shape.model = read_device_model(fields, "device", sources.catalog);
  shape.link = read_link(fields, "node_link", {Bandwidth(450e9), Seconds(250e-9), LinkKind::nvlink});
  shape.nics = shape.devices * static_cast<std::size_t>(fields.count_or("nics_per_device", 1, 1, 64));
  // A NIC that is built into the device never limits it.
  const Bandwidth cable = link ? link->properties.bandwidth : Bandwidth(1);
  shape.nic_link = read_link(fields, "nic_link", {cable, Seconds(0), LinkKind::pcie});
  const Fleet node = make_node(shape, "rail_optimized");
  return build_nodes(fields, fields, node, devices / shape.devices, sources);
}

Fleet read_file(const JsonFields& fields, const FleetSources& sources) {
  constexpr int deepest = 16;
  const auto file = fields.required<std::string>("file");
  if (sources.nesting >= deepest) {
    fields.fail("file", "files refer to files more than " + std::to_string(deepest) + " deep",
                "does '" + file + "' lead back to itself?");
  }
  FleetSources inner{
      .catalog = sources.catalog, .format = sources.format, .nesting = sources.nesting + 1, .import = sources.import};
  if (const auto format = fields.maybe<std::string>("format")) inner.format = *format;
  if (const auto link = read_stated_link(fields, "default_link", sources.catalog)) {
    inner.import.default_link = link->properties;
    inner.import.default_link_stated = true;
  }
  fields.reject_unknown();
  const std::filesystem::path path = std::filesystem::path(sources.import.directory) / file;
  return load_fleet(path.string(), "", inner);
}

Fleet read_text(const std::string& text, const FleetSources& sources) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const bool is_json = start != std::string::npos && (text[start] == '{' || text[start] == '/');
  if (is_json && sources.format.empty()) {
    Json json = parse_json(text, sources.import.file);
    const bool is_graph =
        json.is_object() && json.contains("nodes") && (json.contains("links") || json.contains("edges"));
    if (!is_graph) {
      for (const std::string& setting : sources.settings) apply_setting(json, setting);
      const JsonFields fields(json, sources.import.file);
      // A scenario describes its fleet in a field.
      if (fields.has("fleet")) return read_fleet(fields.object("fleet"), sources);
      return read_fleet(fields, sources);
    }
  }
  if (!sources.settings.empty()) {
    throw InputError({.where = "--set " + sources.settings.front(),
                      .problem = "only fleet descriptions in JSON have fields to set, not files of other formats"});
  }
  return import_fleet(text, sources.format, sources.import);
}

Fleet read_bare_fleet(const JsonFields& spec, const FleetSources& sources) {
  if (spec.has("file")) return read_file(spec, sources);
  if (spec.has("catalog")) {
    const CatalogEntry& entry =
        sources.catalog.find("cluster", spec.required<std::string>("catalog"), spec.where("catalog"));
    Json cluster = Json::object({{"name", entry.name()}});
    for (const char* key : {"node", "nodes", "fabric"}) cluster[key] = entry.fields().required_raw(key);
    spec.reject_unknown();
    return build_composed(JsonFields(cluster, entry.file(), entry.name()), sources);
  }
  if (spec.has("node")) return build_composed(spec, sources);
  if (!spec.has("topology")) {
    spec.fail("", "this does not describe a fleet",
              "give one of \"topology\", \"node\" with \"nodes\" and \"fabric\", \"catalog\", or \"file\"");
  }
  if (find_topology(spec).name == "rail_optimized") return build_rails(spec, sources);
  return build_flat(spec, sources);
}

}  // namespace

Fleet read_fleet(const JsonFields& spec, const FleetSources& sources) {
  const auto storage = read_storage(spec, "storage", sources.catalog);
  Fleet fleet = read_bare_fleet(spec, sources);
  return storage ? with_storage(fleet, *storage, spec.where("storage")) : fleet;
}

Fleet load_fleet(const std::string& argument, const std::string& standard_input, const FleetSources& sources) {
  FleetSources inner{.catalog = sources.catalog,
                     .format = sources.format,
                     .nesting = sources.nesting,
                     .settings = sources.settings,
                     .import = sources.import};
  const std::size_t start = argument.find_first_not_of(" \t\r\n");
  if (argument == "-") {
    inner.import.file = "standard input";
    return read_text(standard_input, inner);
  }
  if (start != std::string::npos && argument[start] == '{') {
    // Paths into inline JSON speak for themselves; another format needs to be told apart.
    if (!inner.format.empty()) inner.import.file = "the inline text";
    return read_text(argument, inner);
  }
  constexpr std::size_t longest_name = 255;
  if (argument.find_first_of("[]\"\n") != std::string::npos || argument.size() > longest_name) {
    throw InputError({.problem = "this is neither a file, nor a fleet in JSON, nor a cluster of the catalog",
                      .suggestion = "a fleet in JSON is an object: {\"topology\": …}"});
  }
  std::error_code error;
  const bool is_name = argument.find_first_of("/.") == std::string::npos && !std::filesystem::exists(argument, error);
  if (is_name) {
    Json spec = Json::object({{"catalog", argument}});
    for (const std::string& setting : sources.settings) apply_setting(spec, setting);
    return read_fleet(JsonFields(spec, ""), inner);
  }
  inner.import.file = argument;
  inner.import.directory = std::filesystem::path(argument).parent_path().string();
  if (inner.import.directory.empty()) inner.import.directory = ".";
  return read_text(read_text_file(argument), inner);
}

}  // namespace lockstep::topology
