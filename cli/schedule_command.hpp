#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::cli {

// What `lockstep schedule` was asked.
struct ScheduleRequest {
  std::string schedule;               // a name or a file; empty: list the names
  std::string compare;                // "1f1b,zb_h1": a table instead of a drawing
  std::vector<std::string> settings;  // of --set and its short forms, applied to a workload of kind "pipeline"
  bool legacy_notation = false;       // of a CSV file
  bool check = false;                 // say what was checked instead of drawing
  std::string csv, svg, trace;        // files to write; empty: none
};

// How the terminal shows a drawing.
struct DrawingStyle {
  std::size_t width = 100;  // in characters
  bool colours = false;
};

struct ScheduleAnswer {
  std::string text;
  std::string json;
  std::vector<std::pair<std::string, std::string>> files;  // name and content
};

// Throws InputError, and SimulationError for a schedule that deadlocks.
ScheduleAnswer answer_schedule(const ScheduleRequest& request, const DrawingStyle& style);

}  // namespace lockstep::cli
