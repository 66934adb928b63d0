#pragma once

#include <algorithm>

#include "workloads/schedules/schedules.hpp"

// What the files beside this one have to offer to the catalogue, and what they share.
namespace lockstep::workloads {

Schedule make_gpipe(const ScheduleShape& shape);
Schedule make_one_forward_one_backward(const ScheduleShape& shape);
Schedule make_eager_one_forward_one_backward(const ScheduleShape& shape);
Schedule make_interleaved(const ScheduleShape& shape);
Schedule make_breadth_first(const ScheduleShape& shape);
Schedule make_zero_bubble_h1(const ScheduleShape& shape);
Schedule make_zero_bubble_h2(const ScheduleShape& shape);
Schedule make_zero_bubble_v(const ScheduleShape& shape);
Schedule make_dual_pipe(const ScheduleShape& shape);
Schedule make_dual_pipe_v(const ScheduleShape& shape);
Schedule make_chimera(const ScheduleShape& shape);
Schedule make_pipedream_2bw(const ScheduleShape& shape);
Schedule make_automatic(const ScheduleShape& shape);  // in automatic/

// Throws InputError unless `virtual_stages` is `wanted`.
void require_virtual_stages(const ScheduleShape& shape, std::uint32_t wanted, const std::string& schedule);
[[noreturn]] void refuse_shape(const std::string& field, const std::string& problem, const std::string& suggestion);

// Empty lists over chunks that go round the devices.
Schedule empty_loop(const ScheduleShape& shape);

// One chunk a device: `warm_up(stage)` forwards, then one forward and one backward at a time, then the backwards left.
template <class WarmUp>
Schedule one_forward_one_backward(const ScheduleShape& shape, WarmUp warm_up) {
  Schedule schedule = empty_loop(shape);
  const std::uint32_t count = shape.microbatches;
  for (std::uint32_t stage = 0; stage < shape.stages; ++stage) {
    const auto chunk = static_cast<std::uint16_t>(stage);
    std::vector<Task>& tasks = schedule.tasks[stage];
    tasks.reserve(std::size_t{2} * count);
    const std::uint32_t ahead = std::min<std::uint32_t>(warm_up(stage), count);
    for (std::uint32_t step = 0; step < count + ahead; ++step) {
      if (step < count) tasks.push_back({step, chunk, Action::forward});
      if (step >= ahead) tasks.push_back({step - ahead, chunk, Action::backward});
    }
  }
  return schedule;
}

}  // namespace lockstep::workloads
