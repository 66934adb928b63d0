#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The first half of reading `nvidia-smi topo -m`: its text as a matrix.
namespace lockstep::topology {

// How far two devices are apart, the nearest first, in the words of the matrix's own legend.
enum class SmiDistance : std::uint8_t {
  self,         // X
  one_switch,   // PIX (PSB on old boards)
  switches,     // PXB
  host_bridge,  // PHB
  numa_node,    // NODE
  system,       // SYS (SOC in old versions)
  nvlinks       // NV#, which hides how far apart the two are on PCIe
};

struct SmiRelation {
  SmiDistance distance = SmiDistance::self;
  std::uint32_t nvlinks = 0;  // the # of NV#
  friend bool operator==(const SmiRelation&, const SmiRelation&) = default;
};

struct SmiMatrix {
  std::vector<std::string> names;      // of devices, as the rows say: GPU0, mlx5_0, NIC0
  std::vector<SmiRelation> relations;  // row after row
  std::vector<std::string> affinity;   // the processors next to each device ("0-19,40-59"); empty where nothing is said
  std::map<std::string, std::string> nic_legend;  // "NIC0" is "mlx5_0"

  std::size_t size() const { return names.size(); }
  const SmiRelation& relation(std::size_t a, std::size_t b) const { return relations[a * size() + b]; }
  bool is_gpu(std::size_t device) const;
};

// Throws InputError naming the line when the text holds no matrix, or one that contradicts itself.
SmiMatrix parse_smi_matrix(const std::string& text, const std::string& file);

// Whether a line of the text heads such a matrix; cheap, and never throws.
bool holds_smi_matrix(std::string_view text);

}  // namespace lockstep::topology
