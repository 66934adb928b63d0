#include "topology/formats/nccl_parts.hpp"

#include <string_view>

namespace lockstep::topology {
namespace {

// No machine nests PCI bridges this deep; the limit keeps hostile files from exhausting the stack.
constexpr int deepest_nesting = 64;
// Far more than the 8192 elements that RCCL itself accepts; hosts are few because each pair of them is joined.
constexpr std::size_t most_parts = 65536;
constexpr std::size_t most_hosts = 1024;

// What a <pci> is by its class. NCCL's fallback for classes that it does not know is a bridge, which is harmless: an
// end that nothing is attached to. NVSwitches (0x0680) show up as the targets of NVLinks instead.
std::optional<NcclRole> role_of_class(std::string_view pci_class) {
  if (is_gpu_class(pci_class)) return NcclRole::gpu;
  if (pci_class.starts_with("0x02")) return NcclRole::nic;
  if (pci_class.starts_with("0x0680")) return std::nullopt;
  return NcclRole::bridge;
}

class Collector {
 public:
  explicit Collector(const XmlSource& xml) : xml_(xml) {}

  NcclParts collect() {
    for (const pugi::xml_node child : xml_.root().children()) {
      if (is(child, "cpu")) {
        collect_host(child);
      } else {
        note_unknown(child);
      }
    }
    found_.system_count = static_cast<std::uint32_t>(systems_.size());
    return std::move(found_);
  }

 private:
  static bool is(pugi::xml_node element, std::string_view name) { return element.name() == name; }

  void note_unknown(pugi::xml_node element) {
    if (element.type() == pugi::node_element) ++found_.unknown_elements[element.name()];
  }

  std::size_t add(pugi::xml_node element, NcclRole role, std::optional<std::size_t> parent, std::uint32_t system) {
    const std::string_view bus_id = element.attribute("busid").value();
    if (found_.parts.size() == most_parts) xml_.fail(element, "the file describes more parts than any machine has");
    found_.parts.push_back({element, role, parent, system, nccl_bus_number(bus_id)});
    return found_.parts.size() - 1;
  }

  void collect_host(pugi::xml_node cpu) {
    const std::uint32_t next = static_cast<std::uint32_t>(systems_.size());
    const std::uint32_t system = systems_.try_emplace(cpu.attribute("host_hash").value(), next).first->second;
    if (found_.hosts.size() == most_hosts) xml_.fail(cpu, "the file describes more NUMA nodes than any machine has");
    found_.hosts.push_back(add(cpu, NcclRole::host, std::nullopt, system));
    collect_children(cpu, found_.hosts.back(), 1);
  }

  void collect_children(pugi::xml_node above, std::size_t parent, int depth) {
    if (depth > deepest_nesting) xml_.fail(above, "PCI bridges are nested deeper than any machine's");
    for (const pugi::xml_node child : above.children()) {
      if (is(child, "pci")) {
        collect_pci(child, parent, depth);
      } else if (is(child, "nic") && found_.parts[parent].role == NcclRole::host) {
        add(child, NcclRole::virtual_nic, parent, found_.parts[parent].system);
      } else if (!is(child, "pcilink")) {
        note_unknown(child);
      }
    }
  }

  void collect_pci(pugi::xml_node pci, std::size_t parent, int depth) {
    if (pci.attribute("busid").empty()) {
      xml_.fail(pci, "this device has no busid", "write for example busid=\"0000:0f:00.0\"");
    }
    const std::optional<NcclRole> role = role_of(pci);
    if (!role) return;
    const std::size_t self = add(pci, *role, parent, found_.parts[parent].system);
    if (*role == NcclRole::bridge) collect_children(pci, self, depth + 1);
  }

  // Children speak louder than the class, and without either an end of the tree is taken for a GPU: files that clouds
  // ship name little else.
  std::optional<NcclRole> role_of(pugi::xml_node pci) {
    if (pci.child("gpu")) return NcclRole::gpu;
    if (pci.child("nic")) return pci.child("nic").child("net") ? NcclRole::card : NcclRole::nic;
    if (!pci.attribute("class").empty()) return role_of_class(pci.attribute("class").value());
    if (pci.child("pci")) return NcclRole::bridge;
    ++found_.unclassified;
    return NcclRole::gpu;
  }

  const XmlSource& xml_;
  NcclParts found_;
  std::map<std::string, std::uint32_t> systems_;  // by host_hash
};

}  // namespace

bool is_gpu_class(std::string_view pci_class) {
  return pci_class.starts_with("0x03") || pci_class.starts_with("0x12");
}

std::uint64_t nccl_bus_number(std::string_view bus_id) {
  std::uint64_t number = 0;
  for (const char c : bus_id) {
    if (c >= '0' && c <= '9') number = number * 16 + static_cast<std::uint64_t>(c - '0');
    if (c >= 'a' && c <= 'f') number = number * 16 + static_cast<std::uint64_t>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') number = number * 16 + static_cast<std::uint64_t>(c - 'A') + 10;
  }
  return number;
}

NcclParts collect_nccl_parts(const XmlSource& xml) {
  const pugi::xml_node root = xml.root();
  if (std::string_view(root.name()) == "graphs") {
    xml.fail(root, "this is a file of NCCL's search results, not of a topology",
             "let NCCL write the topology with NCCL_TOPO_DUMP_FILE");
  }
  if (std::string_view(root.name()) != "system") {
    xml.fail(root, "a topology of NCCL's has the root <system>", "let NCCL write one with NCCL_TOPO_DUMP_FILE");
  }
  return Collector(xml).collect();
}

}  // namespace lockstep::topology
