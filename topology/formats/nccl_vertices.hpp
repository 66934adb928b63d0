#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "topology/fleet_builder.hpp"
#include "topology/formats/nccl_parts.hpp"

namespace lockstep::topology {

// The vertices of a fleet that is read from NCCL's topology, and where the file's references to them lead.
class NcclVertices {
 public:
  // Adds a vertex for each part: GPUs first, in the order of their numbers, then the rest as the file lists it.
  NcclVertices(const XmlSource& xml, NcclParts& found, FleetBuilder& builder);

  // A further vertex; a name that is taken gets " #2".
  VertexId add(VertexKind kind, const std::string& name, std::uint32_t system);
  // All NVSwitches as one vertex, as in NCCL; added when first asked for.
  VertexId nvswitch();
  std::optional<VertexId> gpu_at(std::uint32_t system, std::uint64_t bus) const { return find(gpus_, system, bus); }
  std::optional<VertexId> bridge_at(std::uint32_t system, std::uint64_t bus) const {
    return find(bridges_, system, bus);
  }
  VertexKind kind_of(VertexId vertex) const { return builder_.vertex(vertex).kind; }
  // The NUMA node that a part hangs on.
  VertexId host_of(const NcclPart& part) const;

 private:
  using ByBus = std::map<std::pair<std::uint32_t, std::uint64_t>, VertexId>;
  static std::optional<VertexId> find(const ByBus& vertices, std::uint32_t system, std::uint64_t bus);

  void add_devices();
  void add_others();
  DeviceModelId device_model(pugi::xml_node gpu);

  const XmlSource& xml_;
  NcclParts& found_;
  FleetBuilder& builder_;
  std::unordered_map<std::string, std::size_t> copies_;  // of each name
  ByBus gpus_;
  ByBus bridges_;
  std::optional<VertexId> nvswitch_;
};

}  // namespace lockstep::topology
