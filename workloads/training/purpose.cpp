#include "workloads/training/purpose.hpp"

#include <array>

namespace lockstep::workloads {
namespace {

constexpr std::array<const char*, purpose_count> names = {"compute",  "optimizer", "tensor",     "expert",    "context",
                                                          "pipeline", "gradients", "parameters", "embedding", "norm"};

}  // namespace

const char* to_text(Purpose purpose) {
  return names.at(static_cast<std::size_t>(purpose));
}

}  // namespace lockstep::workloads
