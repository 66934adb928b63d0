#include "topology/storage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::topology {
namespace {

constexpr std::int64_t most_servers = 100'000;

// What `fields` state replaces what `spec` says.
void read_figures(const JsonFields& fields, StorageSpec& spec) {
  const auto both_ways = fields.maybe<Bandwidth>("bandwidth");
  spec.read = fields.maybe<Bandwidth>("read").value_or(both_ways.value_or(spec.read));
  spec.write = fields.maybe<Bandwidth>("write").value_or(both_ways.value_or(spec.write));
  spec.latency = fields.value_or<Seconds>("latency", spec.latency);
}

void check_figures(const StorageSpec& spec, const std::string& where) {
  for (const auto& [key, bandwidth] : {std::pair("read", spec.read), std::pair("write", spec.write)}) {
    if (bandwidth > Bandwidth(0)) continue;
    throw InputError({.where = where,
                      .problem = std::string("storage that one can ") + key + " needs a positive bandwidth",
                      .suggestion = "write for example \"bandwidth\": \"1 TB/s\", or \"read\" and \"write\" apart"});
  }
  check_link({spec.read, spec.latency}, where);
  check_link({spec.write, spec.latency}, where);
}

// Those of the highest level that stand in no node.
std::vector<VertexId> top_switches(const Fleet& fleet) {
  const auto vertices = fleet.vertices();
  std::vector<VertexId> top;
  std::uint8_t level = 0;
  for (std::size_t v = 0; v < vertices.size(); ++v) {
    const Vertex& vertex = vertices[v];
    if (vertex.kind != VertexKind::network_switch || vertex.place.node || vertex.level < level) continue;
    if (vertex.level > level) top.clear();
    level = vertex.level;
    top.emplace_back(v);
  }
  return top;
}

std::vector<VertexId> anchors(const Fleet& fleet, const StorageSpec& storage, const std::string& where) {
  std::vector<VertexId> found;
  for (const std::string& name : storage.at) {
    const auto vertex = fleet.find_vertex(name);
    if (!vertex) {
      throw InputError({.where = where + ".at",
                        .problem = "the fleet has no vertex '" + excerpt(name) + "'",
                        .suggestion = "vertices are called like '" + fleet.vertices().back().name + "'"});
    }
    found.push_back(*vertex);
  }
  if (found.empty()) found = top_switches(fleet);
  if (!found.empty()) return found;
  throw InputError({.where = where,
                    .problem = "the fleet has no switches that storage could be connected to",
                    .suggestion = "name what it hangs on, for example \"at\": [\"" +
                                  fleet.vertex(fleet.devices().front()).name + "\"]"});
}

void require_routes(const Fleet& fleet, VertexId server, const std::string& where) {
  const VertexId device = fleet.devices().front();
  std::vector<LinkId> route;
  if (fleet.append_route(device, server, 0, route) && fleet.append_route(server, device, 0, route)) return;
  throw InputError({.where = where,
                    .problem = std::string("the fleet's routing (") + to_text(fleet.routing().kind) +
                               ") knows no way between '" + fleet.vertex(device).name + "' and storage there",
                    .suggestion = "connect it elsewhere with \"at\""});
}

}  // namespace

std::optional<StorageSpec> read_storage(const JsonFields& fields, const std::string& key, const Catalog& catalog) {
  const Json* stated = fields.raw(key);
  if (stated == nullptr) return std::nullopt;
  StorageSpec spec;
  const auto take_named = [&](const std::string& name, const std::string& where) {
    read_figures(catalog.find("storage", name, where).fields(), spec);
  };
  if (stated->is_string()) {
    take_named(stated->get<std::string>(), fields.where(key));
    check_figures(spec, fields.where(key));
    return spec;
  }
  const JsonFields storage = fields.object(key);
  if (const auto name = storage.maybe<std::string>("name")) take_named(*name, storage.where("name"));
  read_figures(storage, spec);
  spec.servers = static_cast<std::uint32_t>(storage.count_or("servers", 1, 1, most_servers));
  if (const Json* at = storage.raw("at")) {
    if (!at->is_array() || at->empty()) storage.fail("at", "a list of names of vertices is expected");
    for (const Json& name : *at) spec.at.push_back(read_value<std::string>(name, storage.where("at")));
  }
  storage.reject_unknown();
  check_figures(spec, storage.where());
  return spec;
}

Fleet with_storage(const Fleet& fleet, const StorageSpec& storage, const std::string& where) {
  if (fleet.parts().router != nullptr) {
    throw InputError({.where = where,
                      .problem = "this fleet lists its routes, and none of them leads to storage",
                      .suggestion = "describe it by its topology, or leave out \"storage\""});
  }
  const std::vector<VertexId> on = anchors(fleet, storage, where);
  FleetParts parts = fleet.parts();
  const double servers = storage.servers;
  for (std::uint32_t server = 0; server < storage.servers; ++server) {
    const std::string name = "storage" + std::to_string(server);
    if (fleet.find_vertex(name)) {
      throw InputError({.where = where, .problem = "the fleet has something called '" + name + "' already"});
    }
    const VertexId vertex(parts.vertices.size());
    parts.vertices.push_back({.kind = VertexKind::storage, .name = name});
    const VertexId anchor = on[storage.servers < on.size() ? server * on.size() / storage.servers : server % on.size()];
    const Channel in{.bandwidth = storage.write / servers, .latency = storage.latency, .kind = LinkKind::network};
    const Channel out{.bandwidth = storage.read / servers, .latency = storage.latency, .kind = LinkKind::network};
    parts.links.push_back({anchor, vertex, ChannelId(parts.channels.size())});
    parts.channels.push_back(in);
    parts.links.push_back({vertex, anchor, ChannelId(parts.channels.size())});
    parts.channels.push_back(out);
  }
  Fleet extended(std::move(parts));
  for (const VertexId server : storage_servers(extended)) require_routes(extended, server, where);
  return extended;
}

std::vector<VertexId> storage_servers(const Fleet& fleet) {
  std::vector<VertexId> servers;
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    if (fleet.vertices()[v].kind == VertexKind::storage) servers.emplace_back(v);
  }
  return servers;
}

}  // namespace lockstep::topology
