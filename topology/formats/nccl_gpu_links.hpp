#pragma once

#include <utility>
#include <vector>

#include "topology/formats/nccl_vertices.hpp"

namespace lockstep::topology {

// The links of GPUs apart from PCI: NVLink, xGMI, C2C.
struct NcclGpuLinks {
  struct Bundle {
    VertexId from;
    VertexId to;
    Bandwidth bandwidth;  // of all its links
  };
  // One direction each, the widest first.
  std::vector<Bundle> with_hosts;
  std::vector<Bundle> among_gpus;  // and their switches
  std::size_t to_itself = 0;       // entries left out: their GPU is its own target
  std::size_t to_nowhere = 0;      // entries left out: the file does not describe their target
};

NcclGpuLinks collect_nccl_gpu_links(const XmlSource& xml, NcclParts& found, NcclVertices& vertices);

}  // namespace lockstep::topology
