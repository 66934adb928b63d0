#include <algorithm>

#include "workloads/schedules/handcrafted/dual_pipe_order.hpp"
#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// DeepSeek-AI 2024, "DeepSeek-V3 Technical Report", section 3.2.1. The first half of the microbatches goes down the
// devices through the first copy of the model, the second half up through the other.
Schedule make_dual_pipe(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "dualpipe");
  const std::uint32_t stages = shape.stages;
  if (stages % 2 != 0) {
    refuse_shape("stages", "dualpipe joins its two directions in the middle and needs an even number of stages",
                 "write " + std::to_string(stages + 1));
  }
  if (shape.microbatches % 2 != 0 || shape.microbatches < 2 * stages) {
    refuse_shape("microbatches",
                 "dualpipe needs an even number of microbatches, at least twice as many as stages (" +
                     std::to_string(2 * stages) + "), half for each direction",
                 "write " + std::to_string(std::max(2 * stages, shape.microbatches + shape.microbatches % 2)));
  }
  Schedule schedule;
  schedule.microbatches = shape.microbatches;
  schedule.copies = 2;
  schedule.device_of = mirrored_placement(stages);
  for (std::uint32_t device = 0; device < stages; ++device) {
    const std::uint32_t half = shape.microbatches / 2;
    const auto down = static_cast<std::uint16_t>(device);
    const auto up = static_cast<std::uint16_t>(2 * stages - 1 - device);
    DualPipeSeat seat{.reach = stages / 2, .distance = std::min(device, stages - 1 - device), .count = half};
    const int inward = device < stages / 2 ? 0 : 1;  // the way on which microbatches that go down are
    seat.chunk[inward] = down;
    seat.first_microbatch[inward] = 0;
    seat.chunk[1 - inward] = up;
    seat.first_microbatch[1 - inward] = half;
    schedule.tasks.push_back(dual_pipe_tasks(seat));
  }
  return schedule;
}

}  // namespace lockstep::workloads
