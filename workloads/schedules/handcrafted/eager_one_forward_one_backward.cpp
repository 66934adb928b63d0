#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// Zhuang et al. 2023, "On Optimizing the Communication of Model Parallelism": twice the warm-up of 1F1B, so that a
// microbatch's way to the last stage and back is covered by others even where transfers take time.
Schedule make_eager_one_forward_one_backward(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "eager_1f1b");
  return one_forward_one_backward(shape, [&](std::uint32_t stage) { return 2 * (shape.stages - 1 - stage); });
}

}  // namespace lockstep::workloads
