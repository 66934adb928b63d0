#pragma once

#include <string>

#include "topology/formats/formats.hpp"

namespace lockstep::topology {

// The text of `nvidia-smi topo -m`, as pasted from a terminal. PIX, PXB, PHB, NODE and SYS become the PCIe tree that
// they imply. NV# between two GPUs is a cable of # NVLinks; where a GPU's row adds up to more NVLinks than any GPU has,
// # counts its links into an NVSwitch instead. A stated default link is the speed of one NVLink.
Fleet import_nvidia_smi_topology(const std::string& text, const ImportOptions& options);
bool looks_like_nvidia_smi_topology(const std::string& text, const std::string& file);

}  // namespace lockstep::topology
