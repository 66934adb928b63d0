#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// Narayanan et al. 2021, "Memory-Efficient Pipeline-Parallel DNN Training": a stage runs as many forwards ahead as
// there are stages after it. PyTorch counts the first forward of the alternation to the warm-up; the order is the same.
Schedule make_one_forward_one_backward(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "1f1b");
  return one_forward_one_backward(shape, [&](std::uint32_t stage) { return shape.stages - 1 - stage; });
}

}  // namespace lockstep::workloads
