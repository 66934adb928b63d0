#include "workloads/schedules/schedule_file.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text_file.hpp"
#include "workloads/schedules/check_schedule.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

void read_entry(const std::string& text, const std::string& where, std::vector<Task>& tasks) {
  const auto entry = split_entry(text);
  if (!entry) {
    throw InputError({.where = where,
                      .problem = "'" + excerpt(text) + "' is no entry of a schedule",
                      .suggestion = entry_suggestion()});
  }
  for (const WrittenTask& written : *entry) {
    const auto action = action_from(written.action, ScheduleNotation::current);
    if (!action) {
      throw InputError({.where = where,
                        .problem = "there is no action '" + excerpt(written.action) + "'",
                        .suggestion = entry_suggestion()});
    }
    tasks.push_back(written.task);
    tasks.back().action = *action;
  }
}

}  // namespace

Schedule read_schedule(const JsonFields& fields) {
  Schedule schedule;
  schedule.microbatches = static_cast<std::uint32_t>(fields.count("microbatches", 1, most_tasks));
  schedule.copies = static_cast<std::uint32_t>(fields.count_or("copies", 1, 1, most_chunks));
  schedule.transfers = fields.choice_or("transfers", "implied", {"implied", "listed"}) == "listed"
                           ? TransferListing::listed
                           : TransferListing::implied;
  for (const std::int64_t device : fields.required<std::vector<std::int64_t>>("placement")) {
    if (device < 0 || device > most_chunks) fields.fail("placement", "there is no device " + std::to_string(device));
    schedule.device_of.push_back(static_cast<std::uint32_t>(device));
  }
  const Json& rows = fields.required_raw("tasks");
  if (!rows.is_array()) wrong_kind(rows, fields.where("tasks"), "a list with one list of entries a device");
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string where = fields.where("tasks") + "[" + std::to_string(row) + "]";
    std::vector<Task>& tasks = schedule.tasks.emplace_back();
    const auto entries = read_value<std::vector<std::string>>(rows[row], where);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      read_entry(entries[i], where + "[" + std::to_string(i) + "]", tasks);
    }
    for (const Task& task : tasks) {
      if (!is_transfer(task.action) || schedule.transfers == TransferListing::listed) continue;
      fields.fail("transfers", "the lists have transfers, such as '" + task_text(task) + "'",
                  R"(write "transfers": "listed")");
    }
  }
  fields.reject_unknown();
  check_schedule(schedule, fields.where());
  return schedule;
}

Json as_json(const Schedule& schedule) {
  Json rows = Json::array();
  for (const auto& tasks : schedule.tasks) {
    Json row = Json::array();
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      row.push_back(entry_text(tasks, i));
      if (tasks[i].overlaps_next) ++i;
    }
    rows.push_back(std::move(row));
  }
  return {{"microbatches", schedule.microbatches},
          {"copies", schedule.copies},
          {"transfers", schedule.transfers == TransferListing::listed ? "listed" : "implied"},
          {"placement", schedule.device_of},
          {"tasks", std::move(rows)}};
}

Schedule parse_schedule(const std::string& text, const std::string& file, std::optional<ScheduleNotation> notation) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && (text[first] == '{' || text[first] == '/');
  if (!is_json) return read_pytorch_csv(text, file, {.notation = notation});
  const Json json = parse_json(text, file);
  return read_schedule(JsonFields(json, file));
}

Schedule load_schedule(const std::string& path, std::optional<ScheduleNotation> notation) {
  return parse_schedule(read_text_file(path), path, notation);
}

}  // namespace lockstep::workloads
