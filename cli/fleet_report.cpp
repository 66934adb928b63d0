#include "cli/fleet_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/unit_text.hpp"
#include "cli/display_text.hpp"
#include "topology/builders/builders.hpp"
#include "topology/formats/formats.hpp"
#include "topology/metrics/fleet_metrics.hpp"
#include "topology/storage.hpp"

namespace lockstep::cli {
namespace {

using topology::Fleet;
using topology::LinkId;
using topology::VertexId;
using topology::VertexKind;

std::size_t count_kind(const Fleet& fleet, VertexKind kind) {
  const auto vertices = fleet.vertices();
  return static_cast<std::size_t>(
      std::count_if(vertices.begin(), vertices.end(), [&](const auto& vertex) { return vertex.kind == kind; }));
}

template <class Level>
std::size_t count_groups(const Fleet& fleet, Level level) {
  std::set<std::uint32_t> groups;
  for (const auto& vertex : fleet.vertices()) {
    if (level(vertex.place)) groups.insert(*level(vertex.place));
  }
  return groups.size();
}

Json describe_models(const Fleet& fleet) {
  std::vector<std::size_t> uses(fleet.device_models().size());
  for (const VertexId device : fleet.devices()) ++uses[fleet.vertex(device).model.value()];
  Json models = Json::array();
  for (std::size_t m = 0; m < uses.size(); ++m) {
    const auto& model = fleet.device_models()[m];
    if (uses[m] == 0 || model == topology::DeviceModel()) continue;
    Json entry = {{"name", model.name}, {"devices", uses[m]}};
    if (model.compute) entry["compute_flop_per_s"] = model.compute->si();
    if (model.memory) entry["memory_bytes"] = model.memory->si();
    if (model.memory_bandwidth) entry["memory_bandwidth_bytes_per_s"] = model.memory_bandwidth->si();
    models.push_back(std::move(entry));
  }
  return models;
}

// The servers of the fleet's storage: where they hang, and what they take and give.
Json describe_storage(const Fleet& fleet) {
  Json servers = Json::array();
  for (const VertexId server : topology::storage_servers(fleet)) {
    Json links = Json::array();
    for (const auto& link : fleet.links()) {
      if (link.from != server && link.to != server) continue;
      const auto& channel = fleet.channel(link.channel);
      links.push_back({{"name", fleet.channel_name(link.channel)},
                       {"direction", link.to == server ? "write" : "read"},
                       {"bandwidth_bytes_per_s", channel.bandwidth.si()},
                       {"latency_s", channel.latency.si()}});
    }
    servers.push_back({{"name", fleet.vertex(server).name}, {"links", std::move(links)}});
  }
  return servers;
}

Json describe_components(const std::vector<topology::Component>& components, const Fleet& fleet) {
  Json list = Json::array();
  constexpr std::size_t most_listed = 20;
  for (std::size_t c = 0; c < std::min(components.size(), most_listed); ++c) {
    list.push_back({{"devices", components[c].devices},
                    {"vertices", components[c].vertices},
                    {"example", fleet.vertex(components[c].example).name}});
  }
  return list;
}

// The links that most routes use, when every device sends to every other.
Json describe_busiest(const Fleet& fleet, const topology::LinkLoads& loads) {
  std::vector<std::uint32_t> order(loads.routes.size());
  std::iota(order.begin(), order.end(), 0u);
  constexpr std::size_t most_listed = 10;
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), most_listed));
  std::partial_sort(order.begin(), end, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return loads.routes[a] != loads.routes[b] ? loads.routes[a] > loads.routes[b] : a < b;
  });
  Json list = Json::array();
  for (auto c = order.begin(); c != end; ++c) {
    list.push_back({{"name", fleet.channel_name(topology::ChannelId(*c))},
                    {"routes", loads.routes[*c]},
                    {"share_of_routes", loads.pairs > 0 ? loads.routes[*c] / double(loads.pairs) : 0.0}});
  }
  return list;
}

void add_metrics(const Fleet& fleet, Json& json) {
  if (const auto ratio = topology::measure_oversubscription(fleet)) {
    json["oversubscription_worst"] = ratio->worst;
    json["oversubscription_per_level"] = ratio->per_level;
  }
  const topology::LinkLoads loads = topology::measure_link_loads(fleet);
  json["link_betweenness"] = {{"routes", loads.pairs}, {"sampled", loads.sampled}};
  json["link_betweenness"]["busiest"] = describe_busiest(fleet, loads);
}

}  // namespace

Json describe_fleet(const Fleet& fleet, bool metrics) {
  const topology::HopMetrics hops = topology::measure_hops(fleet);
  const topology::Bisection bisection = topology::measure_bisection(fleet);
  const auto components = topology::find_components(fleet);
  Json json = Json::object();
  json["schema_version"] = 1;
  json["lockstep"] = LOCKSTEP_VERSION;
  json["name"] = fleet.name();
  json["devices"] = fleet.device_count();
  json["switches"] = count_kind(fleet, VertexKind::network_switch);
  json["nics"] = count_kind(fleet, VertexKind::nic);
  json["hosts"] = count_kind(fleet, VertexKind::host);
  json["vertices"] = fleet.vertices().size();
  json["links"] = fleet.links().size();
  json["nodes"] = count_groups(fleet, [](const auto& place) { return place.node; });
  json["racks"] = count_groups(fleet, [](const auto& place) { return place.rack; });
  json["pods"] = count_groups(fleet, [](const auto& place) { return place.pod; });
  json["routing"] = topology::to_text(fleet.routing().kind);
  json["diameter"] = hops.diameter;
  json["average_hops"] = hops.average;
  json["connected_pairs"] = hops.connected_pairs;
  json["hops_sampled"] = hops.sampled;
  json["bisection_one_way_bytes_per_s"] = bisection.one_way.si();
  json["bisection_both_ways_bytes_per_s"] = bisection.both_ways.si();
  json["bisection_method"] = bisection.method;
  json["bisection_exact"] = bisection.exact;
  json["components"] = components.size();
  if (components.size() > 1) json["component_list"] = describe_components(components, fleet);
  json["device_models"] = describe_models(fleet);
  if (Json storage = describe_storage(fleet); !storage.empty()) json["storage"] = std::move(storage);
  json["warnings"] = fleet.warnings();
  if (metrics) add_metrics(fleet, json);
  return json;
}

Json describe_route(const Fleet& fleet, VertexId from, VertexId to, std::uint64_t flow) {
  const auto links = fleet.route(from, to, flow);
  Json json = Json::object();
  json["schema_version"] = 1;
  json["lockstep"] = LOCKSTEP_VERSION;
  json["from"] = fleet.vertex(from).name;
  json["to"] = fleet.vertex(to).name;
  json["hops"] = links.size();
  json["latency_s"] = fleet.route_latency(links).si();
  double narrowest = std::numeric_limits<double>::infinity();
  Json steps = Json::array();
  for (const LinkId id : links) {
    const auto& channel = fleet.channel_of(id);
    narrowest = std::min(narrowest, channel.bandwidth.si());
    steps.push_back({{"name", fleet.link_name(id)},
                     {"from", fleet.vertex(fleet.link(id).from).name},
                     {"to", fleet.vertex(fleet.link(id).to).name},
                     {"kind", topology::to_text(channel.kind)},
                     {"bandwidth_bytes_per_s", channel.bandwidth.si()},
                     {"latency_s", channel.latency.si()}});
  }
  if (!links.empty()) json["bandwidth_bytes_per_s"] = narrowest;
  json["links"] = std::move(steps);
  return json;
}

// "storage0          500 GB/s by spine0->storage0, 500 GB/s by storage0->spine0"
std::string storage_rows(const Json& servers) {
  constexpr std::size_t most_shown = 16;
  std::string text;
  for (std::size_t s = 0; s < std::min(servers.size(), most_shown); ++s) {
    std::string links;
    for (const auto& link : servers[s]["links"]) {
      links += fmt::format("{}{} {} by {}", links.empty() ? "" : ", ", link["direction"].get<std::string>(),
                           to_text(Bandwidth(link["bandwidth_bytes_per_s"].get<double>())),
                           printable(link["name"].get<std::string>()));
    }
    text += fmt::format("    {:<20}{}\n", printable(servers[s]["name"].get<std::string>()), links);
  }
  if (servers.size() > most_shown) text += fmt::format("    and {} more\n", servers.size() - most_shown);
  return text;
}

std::string fleet_text(const Fleet& fleet, const Json& json) {
  std::string text = printable(fleet.name()) + "\n";
  auto row = [&](std::string_view label, const std::string& value) {
    text += fmt::format("  {:<22}{}\n", label, value);
  };
  auto count = [&](const char* key) { return fmt::format("{}", json[key].get<std::size_t>()); };
  row("devices", count("devices"));
  for (const auto& model : json["device_models"]) {
    std::string figures =
        fmt::format("{} x {}", model["devices"].get<std::size_t>(),
                    model["name"].get<std::string>().empty() ? "device" : model["name"].get<std::string>());
    if (model.contains("compute_flop_per_s")) {
      figures += ", " + to_text(FlopRate(model["compute_flop_per_s"].get<double>()));
    }
    if (model.contains("memory_bytes")) figures += ", " + to_text(Bytes(model["memory_bytes"].get<double>()));
    row("", figures);
  }
  for (const char* key : {"nics", "switches", "hosts", "nodes", "racks", "pods"}) {
    if (json[key] != 0) row(key, count(key));
  }
  row("links", count("links") + " (each way counted)");
  row("routing", json["routing"].get<std::string>());
  row("diameter", counted(json["diameter"].get<std::size_t>(), "link"));
  row("average distance", fmt::format("{:.4g} links", json["average_hops"].get<double>()));
  row("bisection",
      fmt::format("{} one way, {} both ways", to_text(Bandwidth(json["bisection_one_way_bytes_per_s"].get<double>())),
                  to_text(Bandwidth(json["bisection_both_ways_bytes_per_s"].get<double>()))));
  row("", fmt::format("{}{}", json["bisection_exact"].get<bool>() ? "" : "at most this: ",
                      json["bisection_method"].get<std::string>()));
  if (json.contains("storage")) {
    row("storage", counted(json["storage"].size(), "server"));
    text += storage_rows(json["storage"]);
  }
  row("components", count("components"));
  if (json.contains("component_list")) {
    for (const auto& component : json["component_list"]) {
      row("", fmt::format("{}, {}, with '{}'", counted(component["devices"].get<std::size_t>(), "device"),
                          counted(component["vertices"].get<std::size_t>(), "vertex"),
                          component["example"].get<std::string>()));
    }
  }
  if (json.contains("oversubscription_worst")) {
    row("oversubscription", fmt::format("{:.4g} : 1 at worst", json["oversubscription_worst"].get<double>()));
  }
  if (!json.contains("link_betweenness")) return text;
  const auto& betweenness = json["link_betweenness"];
  text +=
      fmt::format("\n  busiest links, when every device sends to every other ({} routes{})\n",
                  betweenness["routes"].get<std::uint64_t>(), betweenness["sampled"].get<bool>() ? ", sampled" : "");
  for (const auto& link : betweenness["busiest"]) {
    text += fmt::format("    {:>10}  {:>6.2f} %  {}\n", link["routes"].get<double>(),
                        100 * link["share_of_routes"].get<double>(), link["name"].get<std::string>());
  }
  return text;
}

std::string route_text(const Json& json) {
  std::string text =
      fmt::format("{} -> {}: {}, latency {}", json["from"].get<std::string>(), json["to"].get<std::string>(),
                  counted(json["hops"].get<std::size_t>(), "link"), to_text(Seconds(json["latency_s"].get<double>())));
  if (json.contains("bandwidth_bytes_per_s")) {
    text += ", at most " + to_text(Bandwidth(json["bandwidth_bytes_per_s"].get<double>()));
  }
  text += "\n";
  for (const auto& link : json["links"]) {
    text += fmt::format("  {} -> {}  {}, {}, {}\n", link["from"].get<std::string>(), link["to"].get<std::string>(),
                        to_text(Bandwidth(link["bandwidth_bytes_per_s"].get<double>())),
                        to_text(Seconds(link["latency_s"].get<double>())), link["kind"].get<std::string>());
  }
  return text;
}

std::string list_topologies_and_formats() {
  std::string text =
      "Topologies, as in lockstep fleet '{\"topology\":\"ring\",\"devices\":8,\"link\":{\"bandwidth\":\"50 "
      "GB/s\",\"latency\":\"2 us\"}}':\n";
  auto list = [&](auto table) {
    for (const auto& entry : table) text += fmt::format("  {:<18}{}\n", entry.name, entry.description);
  };
  list(topology::topologies());
  text += "\nFormats that are read:\n";
  list(topology::import_formats());
  text += "\nFormats that are written (--export FORMAT FILE):\n";
  list(topology::export_formats());
  text += "\nFleets of the catalog: lockstep catalog clusters\n";
  return text;
}

Json names_of_topologies_and_formats() {
  Json json = Json::object();
  json["schema_version"] = 1;
  json["lockstep"] = LOCKSTEP_VERSION;
  json["topologies"] = names_of(topology::topologies());
  json["import_formats"] = names_of(topology::import_formats());
  json["export_formats"] = names_of(topology::export_formats());
  return json;
}

}  // namespace lockstep::cli
