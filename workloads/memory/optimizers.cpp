#include "workloads/memory/optimizers.hpp"

#include <array>

namespace lockstep::workloads {
namespace {

constexpr std::array kinds = {
    NamedEntry<OptimizerKind>{"adam", "Two moments in 32 bits (arXiv 1412.6980).", {8}},
    NamedEntry<OptimizerKind>{"adamw", "Adam with decoupled weight decay (arXiv 1711.05101).", {8}},
    NamedEntry<OptimizerKind>{"adam_8bit", "Adam whose moments take 8 bits each (arXiv 2110.02861).", {2}},
    NamedEntry<OptimizerKind>{"sgd", "No state but the weights.", {0}},
    NamedEntry<OptimizerKind>{"momentum", "SGD with one moment in 32 bits.", {4}},
    NamedEntry<OptimizerKind>{"lion", "One moment in 32 bits (arXiv 2302.06675).", {4}},
    NamedEntry<OptimizerKind>{"muon", "One moment in 32 bits; its products of matrices are not counted.", {4}},
    NamedEntry<OptimizerKind>{"adafactor", "Sums of rows and columns, taken as nothing (arXiv 1804.04235).", {0}},
};

}  // namespace

std::span<const NamedEntry<OptimizerKind>> optimizer_kinds() {
  return kinds;
}

OptimizerSpec optimizer_called(const std::string& name, const std::string& where) {
  return {.name = name, .moment_bytes = find_entry(optimizer_kinds(), name, "optimizer", where).function.moment_bytes};
}

StateBytes state_bytes(const OptimizerSpec& optimizer, const Execution& execution) {
  const double weight = element_bytes(execution.precision);
  const double master_copy = weight < 4 ? 4 : 0;
  return {.weight = weight, .gradient = execution.gradient_bytes, .optimizer = master_copy + optimizer.moment_bytes};
}

}  // namespace lockstep::workloads
