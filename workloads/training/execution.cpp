#include "workloads/training/execution.hpp"

#include <array>

namespace lockstep::workloads {
namespace {

constexpr std::array precision_names = {"bf16", "fp16", "fp32", "fp8"};
constexpr std::array recompute_names = {"none", "selective", "full"};
constexpr std::array kernel_names = {"flash", "unfused"};

}  // namespace

const char* to_text(Precision precision) {
  return precision_names.at(static_cast<std::size_t>(precision));
}

const char* to_text(Recompute recompute) {
  return recompute_names.at(static_cast<std::size_t>(recompute));
}

const char* to_text(AttentionKernel kernel) {
  return kernel_names.at(static_cast<std::size_t>(kernel));
}

}  // namespace lockstep::workloads
