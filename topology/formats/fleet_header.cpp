#include "topology/formats/fleet_header.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_fields.hpp"
#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology {
namespace {

constexpr std::int64_t version = 1;

void write_grid(const std::vector<std::uint32_t>& dimensions, const std::vector<bool>& wrap, const std::string& prefix,
                Json& routing) {
  if (dimensions.empty() && wrap.empty()) return;
  routing[prefix + "dimensions"] = dimensions;
  routing[prefix + "wrap"] = wrap;
}

void read_grid(const JsonFields& routing, const std::string& prefix, std::vector<std::uint32_t>& dimensions,
               std::vector<bool>& wrap) {
  const std::string key = prefix + "dimensions";
  for (const std::int64_t length : routing.value_or<std::vector<std::int64_t>>(key, {})) {
    if (length < 0 || length > std::numeric_limits<std::uint32_t>::max()) {
      routing.fail(key, "a dimension cannot be " + std::to_string(length) + " long");
    }
    dimensions.push_back(static_cast<std::uint32_t>(length));
  }
  wrap = routing.value_or<std::vector<bool>>(prefix + "wrap", {});
}

Json routing_json(const RoutingSpec& spec) {
  Json json = {{"kind", to_text(spec.kind)}};
  write_grid(spec.dimensions, spec.wrap, "", json);
  if (spec.cross_rail != RoutingSpec::CrossRail::node) json["cross_rail"] = to_text(spec.cross_rail);
  if (spec.fabric) json["fabric"] = to_text(*spec.fabric);
  write_grid(spec.fabric_dimensions, spec.fabric_wrap, "fabric_", json);
  if (spec.seed != 0) json["seed"] = std::to_string(spec.seed);  // text: JSON numbers are exact to 2^53 only
  return json;
}

RoutingSpec routing_from(const JsonFields& fields) {
  RoutingSpec spec;
  spec.kind = routing_kind_from(fields.required<std::string>("kind"), fields.where("kind"));
  read_grid(fields, "", spec.dimensions, spec.wrap);
  if (fields.has("cross_rail")) {
    spec.cross_rail = cross_rail_from(fields.required<std::string>("cross_rail"), fields.where("cross_rail"));
  }
  if (fields.has("fabric")) {
    spec.fabric = routing_kind_from(fields.required<std::string>("fabric"), fields.where("fabric"));
  }
  read_grid(fields, "fabric_", spec.fabric_dimensions, spec.fabric_wrap);
  spec.seed = whole_number_in(fields.value_or<std::string>("seed", "0"), std::numeric_limits<std::uint64_t>::max(),
                              fields.where("seed"));
  fields.reject_unknown();
  return spec;
}

Json model_json(const DeviceModel& model) {
  Json json = {{"name", model.name}};
  if (model.compute) json["compute"] = to_exact_text(*model.compute);
  if (model.memory) json["memory"] = to_exact_text(*model.memory);
  if (model.memory_bandwidth) json["memory_bandwidth"] = to_exact_text(*model.memory_bandwidth);
  return json;
}

DeviceModel model_from(const JsonFields& fields) {
  DeviceModel model = {.name = fields.required<std::string>("name"),
                       .compute = fields.maybe<FlopRate>("compute"),
                       .memory = fields.maybe<Bytes>("memory"),
                       .memory_bandwidth = fields.maybe<Bandwidth>("memory_bandwidth")};
  fields.reject_unknown();
  return model;
}

Json channel_json(const Channel& channel) {
  Json json = {{"bandwidth", to_exact_text(channel.bandwidth)}, {"latency", to_exact_text(channel.latency)}};
  if (channel.kind != LinkKind::generic) json["kind"] = to_text(channel.kind);
  if (channel.sharing != Sharing::shared) json["sharing"] = to_text(channel.sharing);
  if (!channel.name.empty()) json["name"] = channel.name;
  return json;
}

Channel channel_from(const JsonFields& fields) {
  Channel channel = {.bandwidth = fields.required<Bandwidth>("bandwidth"),
                     .latency = fields.required<Seconds>("latency")};
  channel.kind = link_kind_from(fields.value_or<std::string>("kind", to_text(LinkKind::generic)), fields.where("kind"));
  channel.sharing =
      sharing_from(fields.value_or<std::string>("sharing", to_text(Sharing::shared)), fields.where("sharing"));
  channel.name = fields.value_or<std::string>("name", "");
  check_link({channel.bandwidth, channel.latency}, fields.where());
  fields.reject_unknown();
  return channel;
}

}  // namespace

std::string fleet_header(const Fleet& fleet) {
  if (fleet.routing().kind == RoutingSpec::Kind::table) {
    throw InputError({.where = fleet.name(),
                      .problem = "the fleet has explicit routes, which graph formats do not hold",
                      .suggestion = "export it to a format with routes, or draw it with dot"});
  }
  Json header = {{"format", version}, {"name", fleet.name()}, {"routing", routing_json(fleet.routing())}};
  header["device_models"] = Json::array();
  for (const DeviceModel& model : fleet.device_models()) header["device_models"].push_back(model_json(model));
  if (!one_channel_a_link(fleet)) {
    header["channels"] = Json::array();
    for (const Channel& channel : fleet.channels()) header["channels"].push_back(channel_json(channel));
  }
  if (const auto& bisection = fleet.known_bisection()) {
    header["known_bisection"] = {{"one_way", to_exact_text(bisection->one_way)}, {"formula", bisection->formula}};
  }
  try {
    return header.dump();
  } catch (const Json::exception&) {
    throw InputError({.where = fleet.name(), .problem = "a name in the fleet is not valid UTF-8"});
  }
}

FleetParts parse_fleet_header(const std::string& text, const std::string& file) {
  const Json json = parse_json(text, file);
  const JsonFields fields(json, file, "lockstep");
  if (fields.required<std::int64_t>("format") != version) {
    fields.fail("format", "only format 1 is known", "read the file with the lockstep that wrote it");
  }
  FleetParts parts;
  parts.name = fields.required<std::string>("name");
  parts.routing = routing_from(fields.object("routing"));
  for (const JsonFields& model : fields.objects("device_models")) parts.device_models.push_back(model_from(model));
  for (const JsonFields& channel : fields.objects("channels")) parts.channels.push_back(channel_from(channel));
  if (fields.has("known_bisection")) {
    const JsonFields bisection = fields.object("known_bisection");
    parts.known_bisection = {bisection.required<Bandwidth>("one_way"), bisection.required<std::string>("formula")};
    bisection.reject_unknown();
  }
  fields.reject_unknown();
  return parts;
}

bool one_channel_a_link(const Fleet& fleet) {
  if (fleet.links().size() != fleet.channels().size()) return false;
  for (std::size_t i = 0; i < fleet.links().size(); ++i) {
    if (fleet.links()[i].channel != ChannelId(i)) return false;
  }
  return true;
}

const char* to_text(Sharing sharing) {
  return sharing == Sharing::fat_pipe ? "fat_pipe" : "shared";
}

Sharing sharing_from(const std::string& name, const std::string& where) {
  for (const Sharing sharing : {Sharing::shared, Sharing::fat_pipe}) {
    if (name == to_text(sharing)) return sharing;
  }
  throw InputError({.where = where,
                    .problem = "there is no way of sharing '" + name + "'",
                    .suggestion = suggest_name(name, {to_text(Sharing::shared), to_text(Sharing::fat_pipe)})});
}

}  // namespace lockstep::topology
