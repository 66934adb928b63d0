#pragma once

#include <string>

// Outputs of `nvidia-smi topo -m`, written for the tests.
namespace lockstep::topology {

inline std::string smi_legend() {
  return "\nLegend:\n\n  X    = Self\n  SYS  = over the bus between NUMA nodes\n  NV#  = a bundle of # NVLinks\n";
}

// Half of a DGX-1: an incomplete mesh of NVLinks over two sockets with a NIC each, aligned by tabs.
inline std::string smi_mesh() {
  return "\tGPU0\tGPU1\tGPU2\tGPU3\tmlx5_0\tmlx5_1\tCPU Affinity\n"
         "GPU0\t X \tNV2\tNV1\tSYS\tPIX\tSYS\t0-19,40-59\n"
         "GPU1\tNV2\t X \tSYS\tNV1\tPIX\tSYS\t0-19,40-59\n"
         "GPU2\tNV1\tSYS\t X \tNV2\tSYS\tPHB\t20-39,60-79\n"
         "GPU3\tSYS\tNV1\tNV2\t X \tSYS\tPHB\t20-39,60-79\n"
         "mlx5_0\tPIX\tPIX\tSYS\tSYS\t X \tSYS\t\n"
         "mlx5_1\tSYS\tSYS\tPHB\tPHB\tSYS\t X \t\n" +
         smi_legend();
}

// Four GPUs on an NVSwitch as a recent driver prints them: underlined header, numbered NICs, three columns on the
// right.
inline std::string smi_switched() {
  return "$ nvidia-smi topo -m\n"
         "\t\x1b[4mGPU0\tGPU1\tGPU2\tGPU3\tNIC0\tNIC1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\x1b[0m\r\n"
         "GPU0\t X \tNV18\tNV18\tNV18\tPXB\tSYS\t0-51\t0\t\tN/A\r\n"
         "GPU1\tNV18\t X \tNV18\tNV18\tNODE\tSYS\t0-51\t0\t\tN/A\r\n"
         "GPU2\tNV18\tNV18\t X \tNV18\tSYS\tPXB\t52-103\t1\t\tN/A\r\n"
         "GPU3\tNV18\tNV18\tNV18\t X \tSYS\tNODE\t52-103\t1\t\tN/A\r\n"
         "NIC0\tPXB\tNODE\tSYS\tSYS\t X \tSYS\t\t\t\t\r\n"
         "NIC1\tSYS\tSYS\tPXB\tNODE\tSYS\t X \t\t\t\t\r\n" +
         smi_legend() + "\nNIC Legend:\n\n  NIC0: mlx5_4\n  NIC1: mlx5_7\n";
}

// GPUs on PCIe alone, aligned by spaces, at every distance from GPU0.
inline std::string smi_pcie() {
  return "        GPU0    GPU1    GPU2    GPU3    GPU4    GPU5    CPU Affinity\n"
         "GPU0     X      PIX     PXB     PHB     NODE    SYS     N/A\n"
         "GPU1    PIX      X      PXB     PHB     NODE    SYS     N/A\n"
         "GPU2    PXB     PXB      X      PHB     NODE    SYS     N/A\n"
         "GPU3    PHB     PHB     PHB      X      NODE    SYS     N/A\n"
         "GPU4    NODE    NODE    NODE    NODE     X      SYS     N/A\n"
         "GPU5    SYS     SYS     SYS     SYS     SYS      X      N/A\n" +
         smi_legend();
}

}  // namespace lockstep::topology
