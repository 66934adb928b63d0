#pragma once

#include "base/json_fields.hpp"
#include "workloads/schedules/automatic/schedule_search.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {

// Reads what the schedule "auto" looks for: the pipeline's times, and "memory_limit" (activations of chunks, counted
// until their weight gradients, or bytes of what is stated to be kept), "search_objective", "search_budget" and
// "most_copies". The result refers to `fields`. Transfers of bytes, whose time depends on the fleet, count as free.
ScheduleSearch read_schedule_search(const JsonFields& fields, const ScheduleShape& shape, std::uint64_t seed);

}  // namespace lockstep::workloads
