#include <algorithm>

#include "workloads/schedules/handcrafted/dual_pipe_order.hpp"
#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// DualPipeV (Sea AI Lab's "cut-in-half"; github.com/deepseek-ai/DualPipe): half of the devices of a DualPipe of twice
// as many stages, whose V brings every microbatch back.
Schedule make_dual_pipe_v(const ScheduleShape& shape) {
  require_virtual_stages(shape, 2, "dualpipe_v");
  const std::uint32_t stages = shape.stages;
  if (shape.microbatches < 2 * stages) {
    refuse_shape(
        "microbatches",
        "dualpipe_v needs at least twice as many microbatches as stages, not " + std::to_string(shape.microbatches),
        "write at least " + std::to_string(2 * stages));
  }
  Schedule schedule;
  schedule.microbatches = shape.microbatches;
  schedule.device_of = v_placement(stages);
  for (std::uint32_t device = 0; device < stages; ++device) {
    DualPipeSeat seat{.reach = stages, .distance = device, .count = shape.microbatches};
    seat.chunk[0] = static_cast<std::uint16_t>(device);
    seat.chunk[1] = static_cast<std::uint16_t>(2 * stages - 1 - device);
    schedule.tasks.push_back(dual_pipe_tasks(seat));
  }
  return schedule;
}

}  // namespace lockstep::workloads
