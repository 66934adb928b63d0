#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// Lamy-Poirier 2023, "Breadth-First Pipeline Parallelism"; backwards mirror the forwards, as in PyTorch's LoopedBFS.
Schedule make_breadth_first(const ScheduleShape& shape) {
  Schedule schedule = empty_loop(shape);
  const std::uint32_t count = shape.virtual_stages * shape.microbatches;
  for (std::uint32_t device = 0; device < shape.stages; ++device) {
    auto task = [&](std::uint32_t step, Action action) {
      return Task{step % shape.microbatches,
                  static_cast<std::uint16_t>(step / shape.microbatches * shape.stages + device), action};
    };
    schedule.tasks[device].reserve(std::size_t{2} * count);
    for (std::uint32_t step = 0; step < count; ++step) schedule.tasks[device].push_back(task(step, Action::forward));
    for (std::uint32_t step = count; step > 0; --step) {
      schedule.tasks[device].push_back(task(step - 1, Action::backward));
    }
  }
  return schedule;
}

}  // namespace lockstep::workloads
