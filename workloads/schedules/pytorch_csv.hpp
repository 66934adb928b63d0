#pragma once

#include "workloads/schedules/schedule_text.hpp"

// The schedules of torch.distributed.pipelining: one row a device, one cell a time slot, empty where it idles.
namespace lockstep::workloads {

struct CsvOptions {
  // Absent: what the file itself proves.
  std::optional<ScheduleNotation> notation = {};
};

// Reads either notation, with or without transfers, with CRLF or LF, and checks it (check_schedule). Throws InputError
// naming `file`, device and cell, SimulationError for a deadlock.
Schedule read_pytorch_csv(const std::string& text, const std::string& file, const CsvOptions& options = {});

// In the current notation. Throws InputError for what the format cannot say: two copies of a model, optimizer steps.
std::string write_pytorch_csv(const Schedule& schedule);

}  // namespace lockstep::workloads
