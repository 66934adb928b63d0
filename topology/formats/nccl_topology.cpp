#include "topology/formats/nccl_topology.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/nccl_bandwidths.hpp"
#include "topology/formats/nccl_gpu_links.hpp"

namespace lockstep::topology {
namespace {

class NcclImport {
 public:
  NcclImport(const std::string& text, const ImportOptions& options)
      : options_(options),
        xml_(text, options.file),
        assumed_(assumed_node_link(options)),
        found_(collect_nccl_parts(xml_)),
        builder_(std::filesystem::path(options.file).stem().string()),
        vertices_(xml_, found_, builder_) {}

  Fleet read() {
    // Of two routes with equally many links the fleet's first one wins. NCCL prefers NVLink and C2C to PCI on the way
    // to a host, and never leads traffic through a GPU but from NVLink to NVLink: the links between GPUs come last.
    const NcclGpuLinks gpu_links = collect_nccl_gpu_links(xml_, found_, vertices_);
    add_host_links();
    add_bundles(gpu_links.with_hosts);
    add_pci_links();
    add_ports();
    add_bundles(gpu_links.among_gpus);
    warn_of(gpu_links.to_itself, "entries lead an NVLink from a GPU to itself and were left out");
    warn_of(gpu_links.to_nowhere, "entries lead an NVLink to a GPU that the file does not describe and were left out");
    add_warnings();
    return builder_.build();
  }

 private:
  void add_bundles(const std::vector<NcclGpuLinks::Bundle>& bundles);
  void add_pci_links();
  void add_switch_links(const NcclPart& bridge);
  Bandwidth pcie_bandwidth(pugi::xml_node pci);
  void add_ports();
  void add_port(const NcclPart& nic, pugi::xml_node net);
  void add_host_links();
  Bandwidth host_bus(const NcclPart& host);
  void add_warnings();
  void warn_of(std::size_t count, const std::string& what);

  const ImportOptions& options_;
  XmlSource xml_;
  LinkProperties assumed_;
  NcclParts found_;
  FleetBuilder builder_;
  NcclVertices vertices_;
  std::set<std::pair<VertexId, VertexId>> joined_switches_;
  std::size_t links_without_speed_ = 0;
};

// NCCL treats xGMI as NVLink, and so do we: it is the other maker's link between the same two things.
void NcclImport::add_bundles(const std::vector<NcclGpuLinks::Bundle>& bundles) {
  for (const NcclGpuLinks::Bundle& bundle : bundles) {
    builder_.add_link(bundle.from, bundle.to, {bundle.bandwidth, assumed_.latency, LinkKind::nvlink});
  }
}

Bandwidth NcclImport::pcie_bandwidth(pugi::xml_node pci) {
  const auto lane = nccl_pcie_lane(pci.attribute("link_speed").value());
  if (!lane) return ++links_without_speed_, assumed_.bandwidth;
  // NCCL too takes 16 lanes where the system did not say.
  const std::int64_t lanes = xml_.count(pci, "link_width").value_or(0);
  return *lane * static_cast<double>(lanes == 0 ? 16 : lanes);
}

void NcclImport::add_pci_links() {
  for (const NcclPart& part : found_.parts) {
    if (!part.parent || part.role == NcclRole::virtual_nic) continue;
    const LinkProperties properties = {pcie_bandwidth(part.element), assumed_.latency, LinkKind::pcie};
    builder_.add_cable(part.vertex, found_.parts[*part.parent].vertex, properties);
    if (part.role == NcclRole::bridge) add_switch_links(part);
  }
}

// <pcilink> joins two faces of one PCI switch, at NCCL's speed of things that are one.
void NcclImport::add_switch_links(const NcclPart& bridge) {
  for (const pugi::xml_node link : bridge.element.children("pcilink")) {
    const auto other = vertices_.bridge_at(bridge.system, nccl_bus_number(link.attribute("target").value()));
    if (!other || *other == bridge.vertex) continue;
    if (!joined_switches_.insert(std::minmax(bridge.vertex, *other)).second) continue;
    builder_.add_cable(bridge.vertex, *other, {Bandwidth(5000e9), assumed_.latency, LinkKind::pcie});
  }
}

void NcclImport::add_ports() {
  for (const NcclPart& part : found_.parts) {
    if (part.role != NcclRole::card && part.role != NcclRole::virtual_nic) continue;
    const pugi::xml_node nic = part.role == NcclRole::card ? part.element.child("nic") : part.element;
    for (const pugi::xml_node net : nic.children("net")) add_port(part, net);
  }
}

void NcclImport::add_port(const NcclPart& nic, pugi::xml_node net) {
  std::string name = net.attribute("name").value();
  if (name.empty()) name = "NIC" + std::to_string(xml_.count(net, "dev").value_or(0));
  const VertexId port = vertices_.add(VertexKind::nic, name, nic.system);
  // In Mbit/s; NCCL takes 10 Gbit/s where a driver reports none (0 or -1).
  const std::int64_t stated = xml_.whole_number(net, "speed", -1, XmlSource::most).value_or(0);
  const Bandwidth speed(static_cast<double>(stated > 0 ? stated : 10000) * 1e6 / 8);
  if (nic.role == NcclRole::card) {
    builder_.add_cable(port, nic.vertex, {speed, Seconds(0), LinkKind::network});  // inside the card: no cable to cross
  } else {
    builder_.add_cable(port, found_.parts[*nic.parent].vertex, {speed, assumed_.latency, LinkKind::network});
  }
}

Bandwidth NcclImport::host_bus(const NcclPart& host) {
  const pugi::xml_node cpu = host.element;
  const auto known = nccl_host_bus({cpu.attribute("arch").value(), cpu.attribute("vendor").value(),
                                    xml_.count(cpu, "familyid").value_or(0), xml_.count(cpu, "modelid").value_or(0)});
  if (!known) ++links_without_speed_;
  return known.value_or(assumed_.bandwidth);
}

// NCCL joins every pair of NUMA nodes of one system, each direction at the speed of the processor that sends.
void NcclImport::add_host_links() {
  for (const std::size_t from : found_.hosts) {
    for (const std::size_t to : found_.hosts) {
      const NcclPart& sender = found_.parts[from];
      const NcclPart& receiver = found_.parts[to];
      if (from == to || sender.system != receiver.system) continue;
      builder_.add_link(sender.vertex, receiver.vertex, {host_bus(sender), assumed_.latency, LinkKind::host_bus});
    }
  }
}

void NcclImport::warn_of(std::size_t count, const std::string& what) {
  if (count > 0) builder_.warn(std::to_string(count) + " " + what);
}

void NcclImport::add_warnings() {
  for (const auto& [name, count] : found_.unknown_elements) warn_of(count, "unknown <" + name + "> left out");
  warn_of(found_.unclassified, "PCI devices state no class and were taken for GPUs; some may be NICs");
  ImportOptions assumption = options_;
  assumption.default_link = assumed_;
  warn_of_default_link(builder_, links_without_speed_, assumption);
  if (!options_.default_link_stated) {
    builder_.warn("the format states no latencies: every link got " + to_text(assumed_.latency) +
                  " (choose with --default-link)");
  }
}

}  // namespace

Fleet import_nccl_topology(const std::string& text, const ImportOptions& options) {
  return NcclImport(text, options).read();
}

bool looks_like_nccl_topology(const std::string& text, const std::string&) {
  const std::string_view start = std::string_view(text).substr(0, 1 << 16);
  const std::string_view tag = "<system";
  const std::size_t found = start.find(tag);
  return found != std::string_view::npos && start.substr(found + tag.size()).find_first_of(" \t\r\n/>") == 0;
}

}  // namespace lockstep::topology
