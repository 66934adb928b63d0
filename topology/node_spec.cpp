#include "topology/node_spec.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/fleet_parts_spec.hpp"

namespace lockstep::topology {
namespace {

constexpr std::int64_t most_devices = 1024;

// NVLink 4 through an NVSwitch, each way (NVIDIA H100 datasheet: 900 GB/s both ways; 0.5 us from device to device).
constexpr LinkProperties nvlink4{Bandwidth(450e9), Seconds(250e-9), LinkKind::nvlink};

NodeShape read_shape(const JsonFields& node, const Catalog& catalog) {
  NodeShape shape;
  shape.devices = static_cast<std::size_t>(node.count("devices", 1, most_devices));
  shape.model = read_device_model(node, "device", catalog);
  shape.interconnect = node.choice_or("interconnect", "switch", {"switch", "full_mesh", "ring", "none"});
  const auto link = read_stated_link(node, "link", catalog);
  shape.link = link ? link->properties : nvlink4;
  if (link && shape.link.kind == LinkKind::generic) shape.link.kind = LinkKind::nvlink;
  shape.nics =
      static_cast<std::size_t>(node.count_or("nics", static_cast<std::int64_t>(shape.devices), 0, most_devices));
  const auto nic_link = read_stated_link(node, "nic_link", catalog);
  shape.nic_link = nic_link ? nic_link->properties : LinkProperties{Bandwidth(64e9), Seconds(0), LinkKind::pcie};
  if (nic_link && shape.nic_link.kind == LinkKind::generic) shape.nic_link.kind = LinkKind::pcie;
  return shape;
}

void join_devices(FleetBuilder& node, const NodeShape& shape, const std::vector<VertexId>& devices) {
  if (shape.interconnect == "switch" && devices.size() > 1) {
    const VertexId hub = node.add_vertex({.kind = VertexKind::network_switch, .name = "switch"});
    for (const VertexId device : devices) node.add_cable(device, hub, shape.link);
  }
  for (std::size_t a = 0; a < devices.size(); ++a) {
    for (std::size_t b = a + 1; b < devices.size(); ++b) {
      const bool neighbours = b == a + 1 || (a == 0 && b + 1 == devices.size());
      const bool joined = shape.interconnect == "full_mesh" || (shape.interconnect == "ring" && neighbours);
      if (joined) node.add_cable(devices[a], devices[b], shape.link);
    }
  }
}

}  // namespace

Fleet make_node(const NodeShape& shape, const std::string& name) {
  FleetBuilder node(name);
  const DeviceModelId model = node.add_device_model(shape.model);
  std::vector<VertexId> devices, nics;
  for (std::size_t d = 0; d < shape.devices; ++d) devices.push_back(node.add_device("d" + std::to_string(d), model));
  join_devices(node, shape, devices);
  for (std::size_t n = 0; n < shape.nics; ++n) {
    nics.push_back(node.add_vertex({.kind = VertexKind::nic, .name = "nic" + std::to_string(n)}));
  }
  // Neighbouring devices share a NIC, or neighbouring NICs a device, whichever there are fewer of.
  const std::size_t attachments = shape.nics == 0 ? 0 : std::max(shape.nics, shape.devices);
  for (std::size_t i = 0; i < attachments; ++i) {
    node.add_cable(devices[i * shape.devices / attachments], nics[i * shape.nics / attachments], shape.nic_link);
  }
  return node.build();
}

Fleet read_node(const JsonFields& spec, const std::string& key, const FleetSources& sources) {
  const Json* stated = spec.raw(key);
  if (stated != nullptr && stated->is_string()) {
    const CatalogEntry& entry = sources.catalog.find("node", stated->get<std::string>(), spec.where(key));
    return make_node(read_shape(entry.fields(), sources.catalog), entry.name());
  }
  const JsonFields node = spec.object(key);
  if (node.has("file")) return read_fleet(node, sources);
  const NodeShape shape = read_shape(node, sources.catalog);
  const std::string name = node.value_or<std::string>("name", "node");
  node.reject_unknown();
  return make_node(shape, name);
}

std::vector<VertexId> add_node(FleetBuilder& fleet, const Fleet& node, std::uint32_t number) {
  const std::string prefix = "n" + std::to_string(number) + ".";
  std::vector<VertexId> devices, nics, copies;
  for (const Vertex& vertex : node.vertices()) {
    Vertex copy = vertex;
    copy.name = prefix + vertex.name;
    copy.place = {.node = number};
    copy.level = 0;
    if (vertex.kind == VertexKind::device)
      copy.model = fleet.add_device_model(node.device_models()[vertex.model.value()]);
    copies.push_back(fleet.add_vertex(std::move(copy)));
    if (vertex.kind == VertexKind::nic) nics.push_back(copies.back());
    if (vertex.kind == VertexKind::device) devices.push_back(copies.back());
  }
  std::vector<ChannelId> channels;
  for (Channel channel : node.channels()) {
    if (!channel.name.empty()) channel.name = prefix + channel.name;
    channels.push_back(fleet.add_channel(std::move(channel)));
  }
  for (const Link& link : node.links()) {
    fleet.add_link_on(channels[link.channel.value()], copies[link.from.value()], copies[link.to.value()]);
  }
  return nics.empty() ? devices : nics;
}

}  // namespace lockstep::topology
