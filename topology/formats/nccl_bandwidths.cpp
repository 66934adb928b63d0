#include "topology/formats/nccl_bandwidths.hpp"

#include <array>
#include <charconv>

// Figures of NVIDIA/nccl src/graph/topo.h and topo.cc at commit 069a3d4f, and for xGMI of ROCm/rccl src/graph/topo.h
// at commit 08814b0a.
namespace lockstep::topology {
namespace {

constexpr Bandwidth gigabytes_per_s(double value) {
  return Bandwidth(value * 1e9);
}

// NCCL states no latency in its files, and 0 would make small messages free. This is our assumption, which the
// importers tell: GPUs are 0.5 us apart over a direct NVLink, 1 us through a switch, 2 us or more through the hosts.
constexpr Seconds assumed_latency(500e-9);

std::optional<Bandwidth> intel_host_bus(std::int64_t family, std::int64_t model) {
  if (family != 6) return gigabytes_per_s(6);
  // Granite Rapids (0xAD, 0xAE) and Sierra Forest (0xAF) are newer than Emerald Rapids (0xCF) in spite of their
  // numbers.
  if (model >= 0xCF || (model >= 0xAD && model <= 0xAF)) return gigabytes_per_s(40);
  if (model >= 0x8F) return gigabytes_per_s(22);  // Sapphire Rapids
  if (model >= 0x55) return gigabytes_per_s(10);  // Skylake
  return gigabytes_per_s(6);                      // Broadwell
}

// Files carry either CPUID's family or NCCL's older sum of base and extended family.
std::optional<Bandwidth> amd_host_bus(std::int64_t family) {
  if (family == 26 || family == 0xBF) return gigabytes_per_s(32);  // Zen 5
  if (family == 25 || family == 0xAF) return gigabytes_per_s(24);  // Zen 3 and 4
  return gigabytes_per_s(16);                                      // Zen 1 and 2
}

}  // namespace

std::optional<Bandwidth> nccl_pcie_lane(std::string_view link_speed) {
  struct Generation {
    double transfers;  // GT/s
    double lane;       // 100 Mbit/s, as in NCCL
  };
  constexpr std::array<Generation, 6> generations = {{{2.5, 15}, {5, 30}, {8, 60}, {16, 120}, {32, 240}, {64, 480}}};
  double transfers = 0;
  const auto [end, error] = std::from_chars(link_speed.data(), link_speed.data() + link_speed.size(), transfers);
  if (error != std::errc()) return std::nullopt;
  for (const Generation& generation : generations) {
    if (generation.transfers == transfers) return gigabytes_per_s(generation.lane / 80);
  }
  return std::nullopt;
}

Bandwidth nccl_nvlink(std::int64_t compute_capability) {
  if (compute_capability >= 100) return gigabytes_per_s(40.1);
  if (compute_capability >= 90) return gigabytes_per_s(20.6);
  if (compute_capability == 86) return gigabytes_per_s(12);
  if (compute_capability >= 60 && compute_capability < 70) return gigabytes_per_s(18);
  return gigabytes_per_s(20);
}

std::string gfx_name(std::string_view gcn) {
  if (gcn == "910") return "gfx90a";
  const bool number = !gcn.empty() && gcn.find_first_not_of("0123456789") == std::string_view::npos;
  return (number ? "gfx" : "") + std::string(gcn);
}

Bandwidth nccl_xgmi(std::string_view gfx) {
  if (gfx.starts_with("gfx90a")) return gigabytes_per_s(36);
  if (gfx.starts_with("gfx94") || gfx.starts_with("gfx95")) return gigabytes_per_s(48);
  return gigabytes_per_s(24);
}

std::optional<Bandwidth> nccl_host_bus(const NcclProcessor& processor) {
  if (processor.arch == "ppc64") return gigabytes_per_s(32);
  if (processor.arch == "arm64") return gigabytes_per_s(6);
  if (processor.arch != "x86_64") return std::nullopt;
  if (processor.vendor == "GenuineIntel") return intel_host_bus(processor.family, processor.model);
  if (processor.vendor == "AuthenticAMD") return amd_host_bus(processor.family);
  if (processor.vendor == "CentaurHauls" || processor.vendor == "  Shanghai  ") {  // Zhaoxin; 7, 0x5B is Yongfeng
    return gigabytes_per_s(processor.family == 7 && processor.model == 0x5B ? 9 : 6);
  }
  return std::nullopt;
}

LinkProperties assumed_node_link(const ImportOptions& options) {
  if (options.default_link_stated) return options.default_link;
  return {gigabytes_per_s(12), assumed_latency, LinkKind::pcie};
}

}  // namespace lockstep::topology
