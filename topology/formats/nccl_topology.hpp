#pragma once

#include <string>

#include "topology/formats/formats.hpp"

namespace lockstep::topology {

// NCCL's and RCCL's description of a node (NCCL_TOPO_DUMP_FILE, NCCL_TOPO_FILE): an XML tree of NUMA nodes, PCI
// bridges, GPUs and NICs. Link speeds are those that NCCL computes with (nccl_bandwidths.hpp). A NIC's card is a vertex
// of kind pci; each of its ports is a vertex of kind nic behind it, on a link as fast as the port.
Fleet import_nccl_topology(const std::string& text, const ImportOptions& options);
bool looks_like_nccl_topology(const std::string& text, const std::string& file);

}  // namespace lockstep::topology
