#include "topology/formats/nvidia_smi_topology.hpp"

#include <algorithm>
#include <filesystem>

#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/nccl_bandwidths.hpp"
#include "topology/formats/nvidia_smi_groups.hpp"

namespace lockstep::topology {
namespace {

// An H100 or B200 has 18 NVLinks, an A100 12, a V100 6 (NVIDIA's architecture white papers).
constexpr std::uint32_t most_nvlinks_of_a_gpu = 18;
// One NVLink 2, 3 or 4, each direction (the same papers); the matrix does not tell NVLink 5 apart, which has 50 GB/s.
constexpr Bandwidth one_nvlink(25e9);

class SmiImport {
 public:
  SmiImport(const std::string& text, const ImportOptions& options)
      : options_(options),
        matrix_(parse_smi_matrix(text, options.file)),
        groups_(group_by_distance(matrix_)),
        assumed_(assumed_node_link({})),  // a stated default link speaks of NVLinks
        nvlink_(options.default_link_stated ? options.default_link.bandwidth : one_nvlink),
        builder_(std::filesystem::path(options.file).stem().string()) {
    if (options.default_link_stated) assumed_.latency = options.default_link.latency;
  }

  Fleet read() {
    // Of two routes with equally many links the fleet's first one wins: NVLinks come last, so that it avoids GPUs.
    add_devices();
    add_hosts();
    add_nvlinks();
    add_warnings();
    return builder_.build();
  }

 private:
  using Devices = std::vector<std::size_t>;

  void add_devices();
  void add_hosts();
  void hang(const Devices& devices, SmiDistance distance, VertexId above);
  VertexId add_pci(const std::string& kind, std::size_t& count);
  void connect(VertexId a, VertexId b, Bandwidth bandwidth, LinkKind kind) {
    builder_.add_cable(a, b, {bandwidth, assumed_.latency, kind});
  }
  void add_nvlinks();
  std::uint32_t switched_nvlinks(std::size_t gpu) const;
  void add_warnings();

  const ImportOptions& options_;
  SmiMatrix matrix_;
  SmiGroups groups_;
  LinkProperties assumed_;
  Bandwidth nvlink_;
  FleetBuilder builder_;
  std::vector<VertexId> vertices_;  // of each row
  std::size_t switches_ = 0;
  std::size_t bridges_ = 0;
};

void SmiImport::add_devices() {
  for (std::size_t device = 0; device < matrix_.size(); ++device) {
    std::string name = matrix_.names[device];
    const auto real_name = matrix_.nic_legend.find(name);
    if (real_name != matrix_.nic_legend.end() && !builder_.find_vertex(real_name->second)) name = real_name->second;
    const VertexKind kind = matrix_.is_gpu(device) ? VertexKind::device : VertexKind::nic;
    vertices_.push_back(builder_.add_vertex({.kind = kind, .name = std::move(name), .place = {.node = 0}}));
  }
}

VertexId SmiImport::add_pci(const std::string& kind, std::size_t& count) {
  return builder_.add_vertex(
      {.kind = VertexKind::pci, .name = kind + " " + std::to_string(count++), .place = {.node = 0}});
}

void SmiImport::add_hosts() {
  Devices placed;
  for (std::size_t device = 0; device < matrix_.size(); ++device) {
    if (!groups_.unplaced[device]) placed.push_back(device);
  }
  const std::vector<Devices> numa_nodes = groups_.split(placed, SmiDistance::numa_node);
  std::vector<VertexId> hosts;
  for (std::size_t node = 0; node < numa_nodes.size(); ++node) {
    const VertexId host =
        builder_.add_vertex({.kind = VertexKind::host, .name = "CPU" + std::to_string(node), .place = {.node = 0}});
    for (const VertexId other : hosts) connect(other, host, assumed_.bandwidth, LinkKind::host_bus);
    hosts.push_back(host);
  }
  for (std::size_t node = 0; node < numa_nodes.size(); ++node) {
    // A NUMA node with one host bridge is that bridge.
    const bool one_bridge = groups_.split(numa_nodes[node], SmiDistance::host_bridge).size() == 1;
    const SmiDistance shared = one_bridge ? SmiDistance::switches : SmiDistance::host_bridge;
    for (const Devices& part : groups_.split(numa_nodes[node], shared)) hang(part, shared, hosts[node]);
  }
}

// Hangs devices that are within `distance` of each other below `above`, with a vertex for what they share.
void SmiImport::hang(const Devices& devices, SmiDistance distance, VertexId above) {
  if (devices.size() == 1) {
    return connect(vertices_[devices.front()], above, assumed_.bandwidth, LinkKind::pcie);
  }
  const auto nearer = static_cast<SmiDistance>(static_cast<int>(distance) - 1);
  const std::vector<Devices> parts = groups_.split(devices, nearer);
  if (parts.size() == 1) return hang(devices, nearer, above);
  const VertexId shared =
      distance == SmiDistance::host_bridge ? add_pci("host bridge", bridges_) : add_pci("PCIe switch", switches_);
  connect(shared, above, assumed_.bandwidth, LinkKind::pcie);
  for (const Devices& part : parts) hang(part, nearer, shared);
}

// With direct cables # is a share of a GPU's NVLinks, so a row's sum cannot exceed what a GPU has. With an NVSwitch
// every # counts all the links that the two GPUs have into the switch. Returns 0 for a GPU without a switch.
std::uint32_t SmiImport::switched_nvlinks(std::size_t gpu) const {
  std::uint32_t sum = 0;
  std::uint32_t widest = 0;
  for (std::size_t other = 0; other < matrix_.size(); ++other) {
    sum += matrix_.relation(gpu, other).nvlinks;
    widest = std::max(widest, matrix_.relation(gpu, other).nvlinks);
  }
  return sum > most_nvlinks_of_a_gpu ? widest : 0;
}

void SmiImport::add_nvlinks() {
  std::optional<VertexId> nvswitch;
  std::vector<bool> switched(matrix_.size());
  for (std::size_t gpu = 0; gpu < matrix_.size(); ++gpu) {
    const std::uint32_t links = switched_nvlinks(gpu);
    if (links == 0) continue;
    if (!nvswitch) nvswitch = builder_.add_switch("NVSwitch", 1, {.node = 0});
    connect(vertices_[gpu], *nvswitch, links * nvlink_, LinkKind::nvlink);
    switched[gpu] = true;
  }
  for (std::size_t a = 0; a < matrix_.size(); ++a) {
    for (std::size_t b = a + 1; b < matrix_.size(); ++b) {
      const std::uint32_t links = matrix_.relation(a, b).nvlinks;
      if (links > 0 && !(switched[a] && switched[b])) {
        connect(vertices_[a], vertices_[b], links * nvlink_, LinkKind::nvlink);
      }
    }
  }
}

void SmiImport::add_warnings() {
  if (groups_.contradictions > 0) {
    builder_.warn(std::to_string(groups_.contradictions) +
                  " pairs are stated farther apart than a device near to both allows; the nearer relation was kept");
  }
  const std::string choice = options_.default_link_stated ? "" : " (choose with --default-link)";
  builder_.warn("the matrix states no speeds: one NVLink counts as " + to_text(nvlink_) + " and every link has " +
                to_text(assumed_.latency) + choice + ", PCIe and host links have " + to_text(assumed_.bandwidth));
}

}  // namespace

Fleet import_nvidia_smi_topology(const std::string& text, const ImportOptions& options) {
  return SmiImport(text, options).read();
}

bool looks_like_nvidia_smi_topology(const std::string& text, const std::string&) {
  return holds_smi_matrix(std::string_view(text).substr(0, 1 << 16));
}

}  // namespace lockstep::topology
