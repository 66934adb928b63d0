#pragma once

#include "base/json_fields.hpp"
#include "workloads/schedules/schedule_text.hpp"

// Schedules in files: our JSON, or the CSV of PyTorch.
namespace lockstep::workloads {

// {"microbatches": 8, "placement": [0, 1, 1, 0], "tasks": [["0F0", …], …]}, with "copies" and "transfers" ("implied" or
// "listed") where they are not 1 and implied. Checked; throws InputError, and SimulationError for a deadlock.
Schedule read_schedule(const JsonFields& fields);
Json as_json(const Schedule& schedule);

// Text in either format, told apart by its first character. `notation` is for CSV.
Schedule parse_schedule(const std::string& text, const std::string& file,
                        std::optional<ScheduleNotation> notation = std::nullopt);
// The file of that name.
Schedule load_schedule(const std::string& path, std::optional<ScheduleNotation> notation = std::nullopt);

}  // namespace lockstep::workloads
