#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.hpp"
#include "topology/fleet_elements.hpp"
#include "topology/formats/formats.hpp"

// The speeds that NCCL (and RCCL, for AMD) computes with: what a link sustains, each direction, not its signalling
// rate.
namespace lockstep::topology {

// `link_speed` as sysfs writes it ("16 GT/s", "16.0 GT/s PCIe"); nothing for a speed that NCCL does not know.
std::optional<Bandwidth> nccl_pcie_lane(std::string_view link_speed);

// One NVLink of a GPU of this compute capability (80 for sm_80).
Bandwidth nccl_nvlink(std::int64_t compute_capability);

// "gfx90a" for `gcn` = "910", the number that older RCCL files carry; names stay.
std::string gfx_name(std::string_view gcn);
// One xGMI link of a GPU of this architecture.
Bandwidth nccl_xgmi(std::string_view gfx);

// A processor as NCCL's files describe it; what a file leaves out is empty or 0.
struct NcclProcessor {
  std::string_view arch;
  std::string_view vendor;
  std::int64_t family = 0;
  std::int64_t model = 0;
};
// From one NUMA node to another; nothing for a processor that NCCL does not know.
std::optional<Bandwidth> nccl_host_bus(const NcclProcessor& processor);

// What a link inside a node gets when its file says nothing of its speed: the user's default link if one was stated,
// else NCCL's own fallback (PCIe Gen3 x16) and a latency of our own.
LinkProperties assumed_node_link(const ImportOptions& options);

}  // namespace lockstep::topology
