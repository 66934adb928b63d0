#pragma once

#include "base/json_fields.hpp"
#include "workloads/schedules/schedule_times.hpp"

namespace lockstep::workloads {

// Reads what a pipeline's tasks take: "forward", "backward", "backward_input", "backward_weight" and "overlapped" of a
// device's whole share of a microbatch, "stage_scale", "transfer" and "transfer_occupies". A time is text ("10 ms"), a
// distribution, or a list with one of either, or a list of times for each microbatch, for each stage. Draws depend on
// the seed, the chunk and the microbatch alone. Throws InputError, also where the schedule needs a time that is neither
// stated nor follows from others.
ScheduleTimes read_schedule_times(const JsonFields& fields, const Schedule& schedule, std::uint64_t seed);

}  // namespace lockstep::workloads
