#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/fleet_elements.hpp"
#include "topology/formats/xml_source.hpp"

// The first half of reading NCCL's topology: which elements of the file are parts of the machine, and what they are.
namespace lockstep::topology {

// A card is a NIC whose ports the file lists; a NIC without ports is one whose card alone is known; a virtual NIC hangs
// on a host without a card.
enum class NcclRole : std::uint8_t { host, bridge, gpu, card, nic, virtual_nic };

struct NcclPart {
  pugi::xml_node element;  // <cpu>, <pci>, or the <nic> of a <cpu>
  NcclRole role;
  std::optional<std::size_t> parent;  // of all but hosts: the bridge or host above, earlier in the list
  std::uint32_t system;               // which operating system it belongs to; files of NVL72 racks hold several
  std::uint64_t bus = 0;              // of a <pci>: its bus id as a number
  VertexId vertex = {};               // filled in by the importer
};

struct NcclParts {
  std::vector<NcclPart> parts;
  std::vector<std::size_t> hosts;  // which of the parts are hosts
  std::uint32_t system_count = 0;
  std::size_t unclassified = 0;                         // <pci> ends without a class, taken for GPUs
  std::map<std::string, std::size_t> unknown_elements;  // by name, how many were left out
};

// Whether a PCI class is that of GPUs: display controllers and processing accelerators.
bool is_gpu_class(std::string_view pci_class);

// "0000:0f:00.0" as a number, so that spellings compare equal; as in NCCL, digits count and separators do not.
std::uint64_t nccl_bus_number(std::string_view bus_id);

// Walks <system>. Throws InputError for a document that is not a topology of NCCL's.
NcclParts collect_nccl_parts(const XmlSource& xml);

}  // namespace lockstep::topology
