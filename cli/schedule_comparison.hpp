#pragma once

#include "base/json_fields.hpp"
#include "cli/schedule_command.hpp"
#include "workloads/schedules/schedule_summary.hpp"

namespace lockstep::cli {

// "33.33 %".
std::string percent(double share);

// The most of all devices.
std::uint32_t most_of(const workloads::ScheduleSummary& summary, std::uint32_t workloads::StageSummary::*figure);

// What a schedule gives, for programs.
Json summary_json(const std::string& name, const workloads::Schedule& schedule,
                  const workloads::ScheduleSummary& summary);

// A table of the schedules that the request names, with why a shape is refused.
ScheduleAnswer compare_schedules(const ScheduleRequest& request);

}  // namespace lockstep::cli
