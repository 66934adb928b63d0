#include <algorithm>
#include <utility>

#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {
namespace {

// Adds what a chunk, `stage` of `stages` of its direction, does for `count` microbatches, each task with its slot on a
// time line in which all take one slot. Half as many microbatches as there are stages make a unit of 2 * stages slots.
// Forwards of one direction and backwards of the other take the slots of one parity, those of the other parity are
// left to the opposite, and units follow each other without a gap: no two tasks of a device get one slot.
void add_direction(std::uint32_t stages, std::uint32_t stage, Task first, std::uint32_t count,
                   std::vector<std::pair<std::uint64_t, Task>>& slots) {
  const std::uint64_t length = std::uint64_t{2} * stages;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t unit = i / (stages / 2);
    const std::uint64_t place = i % (stages / 2);
    const std::uint64_t begin = unit * length + 2 * place;
    Task task = first;
    task.microbatch += i;
    slots.emplace_back(begin + stage, task);
    task.action = Action::backward;
    slots.emplace_back(begin + length - 1 - stage, task);
  }
}

}  // namespace

// Li and Hoefler 2021, "Chimera: Efficiently Training Large-Scale Neural Networks with Bidirectional Pipelines", with
// more microbatches than stages by direct concatenation (section 3.5).
Schedule make_chimera(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "chimera");
  const std::uint32_t stages = shape.stages;
  if (stages % 2 != 0) {
    refuse_shape("stages", "chimera runs two directions against each other and needs an even number of stages",
                 "write " + std::to_string(stages + 1));
  }
  if (shape.microbatches % 2 != 0) {
    refuse_shape("microbatches",
                 "chimera gives each of its two directions half of the microbatches, so their number must be even",
                 "write " + std::to_string(shape.microbatches + 1));
  }
  const std::uint32_t half = shape.microbatches / 2;
  Schedule schedule;
  schedule.microbatches = shape.microbatches;
  schedule.copies = 2;
  schedule.device_of = mirrored_placement(stages);
  for (std::uint32_t device = 0; device < stages; ++device) {
    const std::uint32_t opposite = stages - 1 - device;
    std::vector<std::pair<std::uint64_t, Task>> slots;
    slots.reserve(std::size_t{2} * shape.microbatches);
    add_direction(stages, device, {0, static_cast<std::uint16_t>(device)}, half, slots);
    add_direction(stages, opposite, {half, static_cast<std::uint16_t>(stages + opposite)}, half, slots);
    std::sort(slots.begin(), slots.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Task>& tasks = schedule.tasks.emplace_back();
    tasks.reserve(slots.size());
    for (const auto& [slot, task] : slots) tasks.push_back(task);
  }
  return schedule;
}

}  // namespace lockstep::workloads
