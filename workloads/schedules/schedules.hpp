#pragma once

#include <span>

#include "base/named_table.hpp"
#include "workloads/schedules/schedule.hpp"

// Pipeline schedules by name: each is one file in handcrafted/, or the search in automatic/, and
// one line of the table in schedules.cpp.
namespace lockstep::workloads {

struct ScheduleSearch;

struct ScheduleShape {
  std::uint32_t stages = 1;  // devices
  std::uint32_t microbatches = 1;
  std::uint32_t virtual_stages = 1;  // chunks that each device holds of one copy of the model
  // What "auto" looks for, during the call; others do without. Where there is none, equal times and no limit.
  const ScheduleSearch* search = nullptr;
};

// Makes the schedule; requires that all of the shape is at least 1. Throws InputError whose `where` is the field of the
// shape that the schedule cannot have.
using ScheduleMaker = Schedule (*)(const ScheduleShape& shape);

std::span<const NamedEntry<ScheduleMaker>> schedules();

// How many chunks a device holds where nobody says: 2 in a V, else 1.
std::uint32_t usual_virtual_stages(const std::string& name);

// The most chunks and tasks that a schedule may have: lists are written out, and a chunk's number has 16 bits.
inline constexpr std::uint32_t most_chunks = 65'535;
inline constexpr std::uint64_t most_tasks = std::uint64_t{1} << 28;

// Checks the shape, finds the schedule and makes it. Throws InputError; `where` is what the schedule's name stands in,
// and the other fields are named beside it.
Schedule make_schedule(const std::string& name, const ScheduleShape& shape, const std::string& where = "schedule");

}  // namespace lockstep::workloads
