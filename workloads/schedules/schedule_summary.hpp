#pragma once

#include <span>

#include "workloads/schedules/recurrence.hpp"

// What people ask of a pipeline that has run, whoever said when its tasks ran.
namespace lockstep::workloads {

// Why a device did nothing. The parts add up to its idle time.
struct IdleCauses {
  Seconds warm_up;    // before its first backward
  Seconds drain;      // afterwards, once its last forward is done
  Seconds transfer;   // while a transfer that it waits for is under way, or one that it sends keeps it
  Seconds imbalance;  // between the two: what it needs is computed too late
};

struct StageSummary {
  Seconds busy;
  Seconds first_start;
  Seconds last_end;
  std::uint32_t peak_in_flight = 0;              // chunks whose forward has begun and whose gradient is not yet out
  std::uint32_t peak_until_weight_gradient = 0;  // the same until all of the backward is done
  IdleCauses idle;
};

struct ScheduleSummary {
  Seconds makespan;
  double bubble_fraction = 0;  // the idle share of the devices' time
  std::vector<StageSummary> stages;
};

// The most chunks of a device between forward and backward; a matter of order alone.
struct PeakInFlight {
  std::uint32_t until_gradient = 0;
  std::uint32_t until_weight_gradient = 0;
};
PeakInFlight peak_in_flight(const std::vector<Task>& tasks);

// `spans` are those of each device's tasks, as Recurrence tells them.
ScheduleSummary summarize(const Schedule& schedule, const std::vector<std::span<const TaskSpan>>& spans);

// Runs the recurrence. Throws SimulationError with the circle of a deadlock. The schedule must have passed
// check_schedule, or have come from the catalogue.
ScheduleSummary evaluate_schedule(const Schedule& schedule, const ScheduleTimes& times);

}  // namespace lockstep::workloads
