#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/named_table.hpp"
#include "workloads/training/execution.hpp"

// What training keeps per weight besides the weight.
namespace lockstep::workloads {

// Bytes per weight of the optimizer's own numbers (moments), and how often it reads and writes them.
struct OptimizerKind {
  double moment_bytes = 8;
};
std::span<const NamedEntry<OptimizerKind>> optimizer_kinds();

struct OptimizerSpec {
  std::string name = "adam";
  double moment_bytes = 8;
};
OptimizerSpec optimizer_called(const std::string& name, const std::string& where);

// Bytes per weight. Below 32 bits the optimizer keeps a copy of the weights in 32 (Micikevicius et al., arXiv
// 1710.03740, section 3.1): with Adam 2 + 2 + 12 = 16 (Rajbhandari et al., arXiv 1910.02054, section 3.1).
struct StateBytes {
  double weight = 2;
  double gradient = 2;
  double optimizer = 12;
};
StateBytes state_bytes(const OptimizerSpec& optimizer, const Execution& execution);

}  // namespace lockstep::workloads
