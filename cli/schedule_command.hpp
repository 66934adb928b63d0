#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/drawing_style.hpp"

namespace lockstep::cli {

// The fields of a pipeline that are asked for most, which have options of their own.
inline constexpr std::array<std::string_view, 8> schedule_options = {
    "stages", "microbatches", "virtual_stages", "forward", "backward", "backward_input", "backward_weight", "transfer"};

// What `lockstep schedule` was asked.
struct ScheduleRequest {
  std::string schedule;                        // a name or a file; empty: list the names
  std::string compare;                         // "1f1b,zb_h1": a table instead of a drawing
  std::vector<std::string> settings;           // of --set, applied to a workload of kind "pipeline"
  std::map<std::string, std::string> fields;   // of options of their own, which win
  bool legacy_notation = false;                // of a CSV file
  bool check = false;                          // say what was checked instead of drawing
  std::string csv, schedule_json, svg, trace;  // files to write; empty: none
};

struct ScheduleAnswer {
  std::string text;
  std::string json;
  std::vector<std::pair<std::string, std::string>> files;  // name and content
};

// Throws InputError, and SimulationError for a schedule that deadlocks.
ScheduleAnswer answer_schedule(const ScheduleRequest& request, const DrawingStyle& style);

}  // namespace lockstep::cli
