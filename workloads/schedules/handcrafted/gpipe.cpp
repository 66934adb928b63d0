#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {

// Huang et al. 2019, "GPipe". The order of the backwards matters to no time and no peak.
Schedule make_gpipe(const ScheduleShape& shape) {
  require_virtual_stages(shape, 1, "gpipe");
  return one_forward_one_backward(shape, [&](std::uint32_t) { return shape.microbatches; });
}

}  // namespace lockstep::workloads
