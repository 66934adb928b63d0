#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/schedule_command.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::cli {

// A schedule and when its tasks run: what is drawn.
struct TimedSchedule {
  const workloads::Schedule& schedule;
  std::vector<std::span<const workloads::TaskSpan>> spans;  // of each device's tasks
  Seconds makespan;
};

// One row of characters a device, as wide as the style allows, and a legend below.
std::string terminal_drawing(const TimedSchedule& timed, const DrawingStyle& style);
// The same as an SVG picture of its own.
std::string svg_drawing(const TimedSchedule& timed);

}  // namespace lockstep::cli
