#pragma once

#include <vector>

#include "workloads/schedules/schedule.hpp"

namespace lockstep::workloads {

// One device of DualPipe or DualPipeV: both run the same lists.
struct DualPipeSeat {
  std::uint32_t reach = 1;     // devices from the outer end of the pipeline to its middle
  std::uint32_t distance = 0;  // of this device from the outer end
  std::uint32_t count = 2;     // microbatches of each of the two ways
  // The chunk on the way towards the middle (0) and on the way out (1), and the first microbatch that takes it.
  std::uint16_t chunk[2] = {};
  std::uint32_t first_microbatch[2] = {};
};

// The eight steps of DeepSeek's public DualPipe (github.com/deepseek-ai/DualPipe, 2025). Requires count >= 2 * reach.
std::vector<Task> dual_pipe_tasks(const DualPipeSeat& seat);

}  // namespace lockstep::workloads
