#include "workloads/schedules/pytorch_csv.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "workloads/schedules/check_schedule.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

struct Cell {
  std::size_t column = 0;
  std::string_view text;
  std::vector<WrittenTask> tasks;
};
using Rows = std::vector<std::vector<Cell>>;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\"");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

std::string place(const std::string& file, std::size_t row, std::size_t column) {
  return file + ": device " + std::to_string(row) + ", slot " + std::to_string(column);
}

// The cells around one of a row, which is marked.
std::string marked_cells(const std::vector<Cell>& row, std::size_t marked) {
  constexpr std::size_t shown = 6;
  std::string text;
  for (std::size_t i = marked > shown ? marked - shown : 0; i < std::min(row.size(), marked + shown + 1); ++i) {
    text += std::string(text.empty() ? "" : ",") + excerpt(row[i].text) + (i == marked ? " <-- HERE" : "");
  }
  return text;
}

[[noreturn]] void refuse_cell(const std::string& file, const Rows& rows, std::size_t row, std::size_t number,
                              const InputError::Text& text) {
  // The row ends the message, so the suggestion stands before it.
  const std::string suggestion = text.suggestion.empty() ? "" : "; " + text.suggestion;
  throw InputError({.where = place(file, row, rows[row][number].column),
                    .problem = text.problem + suggestion + "\n  device " + std::to_string(row) + ": " +
                               marked_cells(rows[row], number)});
}

std::vector<Cell> split_row(std::string_view line) {
  std::vector<Cell> cells;
  for (std::size_t column = 0;; ++column) {
    const std::size_t comma = line.find(',');
    const std::string_view text = trimmed(line.substr(0, comma));
    if (!text.empty()) cells.push_back({.column = column, .text = text, .tasks = {}});
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

Rows split_rows(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // what Excel begins UTF-8 with
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Rows rows;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    rows.push_back(split_row(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!rows.empty() && rows.back().empty()) rows.pop_back();
  return rows;
}

// The first cell with that action: {row, number}, or the end.
struct Found {
  std::size_t row = 0;
  std::size_t number = 0;
};

std::optional<Found> find_action(const Rows& rows, std::string_view action) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t number = 0; number < rows[row].size(); ++number) {
      for (const WrittenTask& task : rows[row][number].tasks) {
        if (task.action == action) return Found{row, number};
      }
    }
  }
  return std::nullopt;
}

// Whether B must be the input gradient, since a weight gradient of its own follows it.
bool has_halves_called_b(const Rows& rows) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> whole_or_half;
  for (const auto& row : rows) {
    for (const Cell& cell : row) {
      for (const WrittenTask& written : cell.tasks) {
        if (written.action == "B") whole_or_half.emplace(written.task.chunk, written.task.microbatch);
        if (written.action == "W" && whole_or_half.contains({written.task.chunk, written.task.microbatch})) return true;
      }
    }
  }
  return false;
}

ScheduleNotation notation_of(const Rows& rows, const std::string& file) {
  const auto whole = find_action(rows, "BW");
  const auto half = find_action(rows, "I");
  if (whole && half) {
    refuse_cell(file, rows, whole->row, whole->number,
                {.problem = "BW is the whole backward of PyTorch's notation until 2024, and elsewhere the file uses I "
                            "of the notation since then",
                 .suggestion = "write B for the whole backward, I and W for its halves"});
  }
  if (half) return ScheduleNotation::current;
  if (has_halves_called_b(rows)) return ScheduleNotation::legacy;
  if (whole) {
    refuse_cell(file, rows, whole->row, whole->number,
                {.problem = "BW is no action: in PyTorch's notation until 2024 it was the whole backward and B its "
                            "input gradient, and nothing in the file proves that it is that old (PyTorch itself would "
                            "read it as B and stop there)",
                 .suggestion = "write B for the whole backward, or ask for the legacy notation"});
  }
  return ScheduleNotation::current;
}

// Gives the cells' actions their meaning, and chunks their device: that of the row they are in.
Schedule assemble(const Rows& rows, ScheduleNotation notation, const std::string& file) {
  constexpr std::uint32_t unplaced = UINT32_MAX;
  Schedule schedule;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::vector<Task>& tasks = schedule.tasks.emplace_back();
    for (std::size_t number = 0; number < rows[row].size(); ++number) {
      for (const WrittenTask& written : rows[row][number].tasks) {
        const auto action = action_from(written.action, notation);
        if (!action) {
          refuse_cell(file, rows, row, number,
                      {.problem = "there is no action '" + std::string(written.action) + "'" +
                                  (notation == ScheduleNotation::legacy ? " in the legacy notation" : ""),
                       .suggestion = notation == ScheduleNotation::legacy
                                         ? "there B is the input gradient, W the weight gradient, BW both"
                                         : entry_suggestion()});
        }
        Task task = written.task;
        task.action = *action;
        if (is_transfer(task.action)) schedule.transfers = TransferListing::listed;
        if (has_microbatch(task.action)) schedule.microbatches = std::max(schedule.microbatches, task.microbatch + 1);
        if (task.chunk >= schedule.device_of.size()) schedule.device_of.resize(task.chunk + 1U, unplaced);
        std::uint32_t& device = schedule.device_of[task.chunk];
        if (device == unplaced) device = static_cast<std::uint32_t>(row);
        if (device != row) {
          refuse_cell(file, rows, row, number,
                      {.problem = "stage " + std::to_string(task.chunk) + " is on device " + std::to_string(device) +
                                  " already, and a stage has one device"});
        }
        tasks.push_back(task);
      }
    }
  }
  const auto gap = std::find(schedule.device_of.begin(), schedule.device_of.end(), unplaced);
  if (gap != schedule.device_of.end()) {
    throw InputError({.where = file,
                      .problem = "there is no stage " + std::to_string(gap - schedule.device_of.begin()) +
                                 ", and there is a stage " + std::to_string(schedule.device_of.size() - 1)});
  }
  return schedule;
}

}  // namespace

Schedule read_pytorch_csv(const std::string& text, const std::string& file, const CsvOptions& options) {
  Rows rows = split_rows(text);
  if (rows.empty()) throw InputError({.where = file, .problem = "the schedule is empty"});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t number = 0; number < rows[row].size(); ++number) {
      auto tasks = split_entry(rows[row][number].text);
      if (!tasks) {
        refuse_cell(file, rows, row, number,
                    {.problem = "'" + excerpt(rows[row][number].text) + "' is no entry of a schedule",
                     .suggestion = entry_suggestion()});
      }
      rows[row][number].tasks = std::move(*tasks);
    }
  }
  const ScheduleNotation notation = options.notation ? *options.notation : notation_of(rows, file);
  Schedule schedule = assemble(rows, notation, file);
  check_schedule(schedule, file);
  return schedule;
}

std::string write_pytorch_csv(const Schedule& schedule) {
  if (schedule.copies != 1) {
    throw InputError({.where = "",
                      .problem = "PyTorch's format has one device for each stage, and this schedule runs " +
                                 std::to_string(schedule.copies) + " copies of the model",
                      .suggestion = "write it as JSON"});
  }
  std::string text;
  for (const auto& tasks : schedule.tasks) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].action == Action::optimizer) {
        throw InputError({.where = "",
                          .problem = "PyTorch's format has no optimizer steps, and this schedule has",
                          .suggestion = "write it as JSON"});
      }
      if (i > 0) text += ',';
      text += entry_text(tasks, i);
      if (tasks[i].overlaps_next) ++i;
    }
    text += '\n';
  }
  return text;
}

}  // namespace lockstep::workloads
