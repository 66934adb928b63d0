#pragma once

#include "workloads/schedules/schedule.hpp"

namespace lockstep::workloads {

// Checks a schedule that somebody wrote: every chunk on its one device, every microbatch forward and then backward
// through each chunk exactly once, weight gradients after input gradients, listed transfers that match, parameters that
// are there when needed. Throws InputError that names device and entry (from 0, idle slots not counted) and shows the
// device's list around it; SimulationError with the circle of a deadlock. `where` is the file, for messages.
void check_schedule(const Schedule& schedule, const std::string& where);

// The list of a device around an entry: "… 0F1 0B1 <-- HERE 0F2 …".
std::string marked_row(const std::vector<Task>& tasks, std::size_t position);

// Refuses a schedule at an entry, as check_schedule does.
[[noreturn]] void refuse_entry(const Schedule& schedule, std::uint32_t device, std::size_t position,
                               const std::string& where, const std::string& problem);

}  // namespace lockstep::workloads
