#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {
namespace {

// Stage s runs `per_stage` forwards ahead for each stage after it, and its weight gradients lag `per_stage`
// microbatches behind for each stage before it.
Schedule make_zero_bubble(const ScheduleShape& shape, std::uint32_t per_stage) {
  Schedule schedule = empty_loop(shape);
  const std::uint32_t count = shape.microbatches;
  for (std::uint32_t stage = 0; stage < shape.stages; ++stage) {
    const auto chunk = static_cast<std::uint16_t>(stage);
    const std::uint32_t ahead = std::min(per_stage * (shape.stages - 1 - stage), count);
    const std::uint32_t behind = per_stage * stage;
    std::vector<Task>& tasks = schedule.tasks[stage];
    tasks.reserve(std::size_t{3} * count);
    for (std::uint32_t step = 0; step < count + ahead + behind; ++step) {
      if (step < count) tasks.push_back({step, chunk, Action::forward});
      if (step >= ahead && step - ahead < count) tasks.push_back({step - ahead, chunk, Action::input_gradient});
      if (step >= ahead + behind) tasks.push_back({step - ahead - behind, chunk, Action::weight_gradient});
    }
  }
  return schedule;
}

}  // namespace

// Qi et al. 2024, "Zero Bubble Pipeline Parallelism", section 2.
Schedule make_zero_bubble_h1(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "zb_h1");
  return make_zero_bubble(shape, 1);
}

Schedule make_zero_bubble_h2(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "zb_h2");
  return make_zero_bubble(shape, 2);
}

}  // namespace lockstep::workloads
