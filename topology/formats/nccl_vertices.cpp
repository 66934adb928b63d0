#include "topology/formats/nccl_vertices.hpp"

#include <algorithm>
#include <tuple>

#include "topology/formats/nccl_bandwidths.hpp"

namespace lockstep::topology {

NcclVertices::NcclVertices(const XmlSource& xml, NcclParts& found, FleetBuilder& builder)
    : xml_(xml), found_(found), builder_(builder) {
  add_devices();
  add_others();
}

VertexId NcclVertices::add(VertexKind kind, const std::string& name, std::uint32_t system) {
  const std::string base = found_.system_count > 1 ? "node" + std::to_string(system) + " " + name : name;
  std::string unique = base;
  while (builder_.find_vertex(unique))
    unique = base + " #" + std::to_string(++copies_.try_emplace(base, 1).first->second);
  return builder_.add_vertex({.kind = kind, .name = std::move(unique), .place = {.node = system}});
}

VertexId NcclVertices::nvswitch() {
  if (!nvswitch_) {
    nvswitch_ = builder_.add_switch("NVSwitch");
    if (found_.system_count == 1) builder_.vertex(*nvswitch_).place.node = 0;
  }
  return *nvswitch_;
}

std::optional<VertexId> NcclVertices::find(const ByBus& vertices, std::uint32_t system, std::uint64_t bus) {
  const auto found = vertices.find({system, bus});
  return found == vertices.end() ? std::nullopt : std::optional(found->second);
}

VertexId NcclVertices::host_of(const NcclPart& part) const {
  const NcclPart* at = &part;
  while (at->parent) at = &found_.parts[*at->parent];
  return at->vertex;
}

DeviceModelId NcclVertices::device_model(pugi::xml_node gpu) {
  if (const std::string gfx = gfx_name(gpu.attribute("gcn").value()); !gfx.empty()) {
    return builder_.add_device_model({.name = gfx});
  }
  const auto capability = xml_.count(gpu, "sm");
  return builder_.add_device_model({.name = capability ? "sm_" + std::to_string(*capability) : ""});
}

// `dev` is the GPU's number in NVML. Where it is missing, the bus ids tell: NVML counts in their order.
void NcclVertices::add_devices() {
  struct Numbered {
    NcclPart* part;
    std::optional<std::int64_t> number;
  };
  std::vector<Numbered> gpus;
  for (NcclPart& part : found_.parts) {
    if (part.role == NcclRole::gpu) gpus.push_back({&part, xml_.count(part.element.child("gpu"), "dev")});
  }
  const auto key = [](const Numbered& gpu) {
    return std::tuple(gpu.part->system, gpu.number.value_or(XmlSource::most), gpu.part->bus);
  };
  std::stable_sort(gpus.begin(), gpus.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<std::int64_t> next(found_.system_count);
  for (auto& [part, number] : gpus) {
    const std::int64_t shown = number.value_or(next[part->system]);
    next[part->system] = shown + 1;
    part->vertex = add(VertexKind::device, "GPU" + std::to_string(shown), part->system);
    builder_.vertex(part->vertex).model = device_model(part->element.child("gpu"));
    gpus_.try_emplace({part->system, part->bus}, part->vertex);
  }
}

void NcclVertices::add_others() {
  std::size_t nics = 0;
  for (NcclPart& part : found_.parts) {
    const std::string pci_name = std::string("PCI ") + part.element.attribute("busid").value();
    switch (part.role) {
      case NcclRole::gpu:
      case NcclRole::virtual_nic:
        break;
      case NcclRole::host:
        part.vertex =
            add(VertexKind::host, std::string("NUMA") + part.element.attribute("numaid").value(), part.system);
        break;
      case NcclRole::bridge:
        part.vertex = add(VertexKind::pci, pci_name, part.system);
        bridges_.try_emplace({part.system, part.bus}, part.vertex);
        break;
      case NcclRole::card:
        part.vertex = add(VertexKind::pci, pci_name, part.system);
        break;
      case NcclRole::nic:
        part.vertex = add(VertexKind::nic, "NIC" + std::to_string(nics++), part.system);
        break;
    }
  }
}

}  // namespace lockstep::topology
