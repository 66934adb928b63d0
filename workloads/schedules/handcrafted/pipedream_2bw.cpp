#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// Narayanan et al. 2021, "Memory-Efficient Pipeline-Parallel DNN Training", PipeDream-2BW: 1F1B that never flushes.
// Gradients are gathered over as many microbatches as there are stages, then the optimizer makes a new version of the
// weights while microbatches that began with the old one are still under way, hence two versions.
Schedule make_pipedream_2bw(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "pipedream_2bw");
  Schedule schedule = one_forward_one_backward(shape, [&](std::uint32_t stage) { return shape.stages - 1 - stage; });
  for (std::vector<Task>& tasks : schedule.tasks) {
    std::vector<Task> with_updates;
    with_updates.reserve(tasks.size() + shape.microbatches / shape.stages + 1);
    for (const Task& task : tasks) {
      with_updates.push_back(task);
      const bool ends_batch = (task.microbatch + 1) % shape.stages == 0 || task.microbatch + 1 == shape.microbatches;
      if (task.action == Action::backward && ends_batch) with_updates.push_back({0, task.chunk, Action::optimizer});
    }
    tasks = std::move(with_updates);
  }
  return schedule;
}

}  // namespace lockstep::workloads
