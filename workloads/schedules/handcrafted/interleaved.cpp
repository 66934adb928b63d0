#include <algorithm>

#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {
namespace {

// The groups of microbatches that pass through one chunk before the next chunk has its turn. Megatron-LM's are as large
// as there are stages; where that does not divide the microbatches, PyTorch makes fewer and larger ones.
std::uint32_t group_size(const ScheduleShape& shape) {
  const std::uint32_t rounds = std::max(1U, shape.microbatches / shape.stages);
  if (shape.microbatches % rounds == 0) return shape.microbatches / rounds;
  const std::uint32_t less = shape.microbatches / shape.stages * shape.stages;
  refuse_shape("microbatches",
               "interleaved_1f1b passes microbatches through in equal groups, at least as large as there are stages (" +
                   std::to_string(shape.stages) + "), and " + std::to_string(shape.microbatches) +
                   " microbatches make no " + std::to_string(rounds) + " such groups",
               "write " + std::to_string(less) + " or " + std::to_string(less + shape.stages) + " microbatches");
}

}  // namespace

// Narayanan et al. 2021, "Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM", section 2.2
// and Megatron-LM's forward_backward_pipelining_with_interleaving.
Schedule make_interleaved(const ScheduleShape& shape) {
  const std::uint32_t chunks = shape.virtual_stages;
  const std::uint32_t group = group_size(shape);
  Schedule schedule = empty_loop(shape);
  const std::uint32_t count = chunks * shape.microbatches;
  auto task = [&](std::uint32_t device, std::uint32_t step, Action action) {
    const std::uint32_t turn = step % (group * chunks) / group;
    const std::uint32_t layer = action == Action::forward ? turn : chunks - 1 - turn;
    const std::uint32_t microbatch = step / (group * chunks) * group + step % group;
    return Task{microbatch, static_cast<std::uint16_t>(layer * shape.stages + device), action};
  };
  for (std::uint32_t device = 0; device < shape.stages; ++device) {
    std::uint32_t ahead = std::min(2 * (shape.stages - device - 1) + (chunks - 1) * group, count);
    // As in Megatron-LM: with one group there is nothing to alternate with.
    if (shape.microbatches == shape.stages) ahead = count;
    schedule.tasks[device].reserve(std::size_t{2} * count);
    for (std::uint32_t step = 0; step < count + ahead; ++step) {
      if (step < count) schedule.tasks[device].push_back(task(device, step, Action::forward));
      if (step >= ahead) schedule.tasks[device].push_back(task(device, step - ahead, Action::backward));
    }
  }
  return schedule;
}

}  // namespace lockstep::workloads
