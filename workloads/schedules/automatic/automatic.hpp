#pragma once

#include "workloads/schedules/automatic/schedule_search.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {

struct FoundSchedule {
  Schedule schedule;
  Seconds makespan;
  Seconds longest_span;
  std::string found_by;      // "list_scheduling", "exact_search", or the name of a handcrafted schedule
  bool is_improved = false;  // by local search
  // Whether no other order of these chunks on these devices does better; false where that is not known.
  bool is_optimal = false;
};

// Looks for the order that does best by the search's objective without holding more than its limit, in the spirit of
// the automatic scheduler of Qi et al. 2024, "Zero Bubble Pipeline Parallelism", section 3: the handcrafted schedules
// that fit, greedy list scheduling under many policies, an exact search where that is small enough, and then local
// search with what is left of the budget. Hence never worse than the best handcrafted schedule of the same shape that
// fits. Depends on its arguments alone. Throws InputError where a device has no room for the chunks of one microbatch.
FoundSchedule find_schedule(const ScheduleShape& shape, const ScheduleSearch& search);

}  // namespace lockstep::workloads
