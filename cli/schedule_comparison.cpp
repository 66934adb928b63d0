#include "cli/schedule_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "cli/output.hpp"
#include "cli/scheduled_pipeline.hpp"
#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

using workloads::ScheduleSummary;

// The idle share within the longest span of a device, from its first task to its last: what papers give for schedules
// whose devices update their weights without waiting for each other.
double span_bubble(const ScheduleSummary& summary) {
  Seconds longest;
  Seconds busy;
  for (const auto& stage : summary.stages) {
    longest = std::max(longest, stage.last_end - stage.first_start);
    busy += stage.busy;
  }
  if (!(longest > Seconds(0))) return 0;
  return 1 - busy / (static_cast<double>(summary.stages.size()) * longest);
}

// The most activations of a device until its weight gradients, in units of its whole share of one microbatch: chunks of
// different schedules differ in size.
double peak_shares(const workloads::Schedule& schedule, const ScheduleSummary& summary) {
  std::vector<double> chunks(schedule.devices());
  for (const std::uint32_t device : schedule.device_of) chunks[device] += 1.0 / schedule.copies;
  double most = 0;
  for (std::size_t device = 0; device < chunks.size(); ++device) {
    if (chunks[device] > 0) most = std::max(most, summary.stages[device].peak_until_weight_gradient / chunks[device]);
  }
  return most;
}

}  // namespace

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

std::uint32_t most_of(const ScheduleSummary& summary, std::uint32_t workloads::StageSummary::*figure) {
  std::uint32_t most = 0;
  for (const auto& stage : summary.stages) most = std::max(most, stage.*figure);
  return most;
}

Json summary_json(const std::string& name, const workloads::Schedule& schedule, const ScheduleSummary& summary) {
  Json json = {{"schedule", name},
               {"devices", schedule.devices()},
               {"stages", schedule.stages()},
               {"microbatches", schedule.microbatches},
               {"makespan_s", summary.makespan.si()},
               {"bubble_fraction", summary.bubble_fraction},
               {"span_bubble_fraction", span_bubble(summary)},
               {"peak_activation_shares", peak_shares(schedule, summary)}};
  for (const workloads::StageSummary& stage : summary.stages) {
    json["per_device"].push_back({{"busy_s", stage.busy.si()},
                                  {"first_start_s", stage.first_start.si()},
                                  {"last_end_s", stage.last_end.si()},
                                  {"peak_in_flight", stage.peak_in_flight},
                                  {"peak_until_weight_gradient", stage.peak_until_weight_gradient}});
  }
  return json;
}

namespace {

constexpr const char* legend =
    "bubble: idle share of the makespan; span bubble: of the longest span of a device, from its first task to its "
    "last,\n"
    "where no device waits for the others before it updates its weights; in flight: chunks until their gradient is "
    "out,\n"
    "until W: until their weight gradient is done; activations: the same in whole shares of a device.\n";

std::vector<std::string> names_in(const ScheduleRequest& request) {
  std::vector<std::string> names;
  if (!request.schedule.empty()) names.push_back(request.schedule);
  std::istringstream rest(request.compare);
  for (std::string name; std::getline(rest, name, ',');) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

ScheduleAnswer compare_schedules(const ScheduleRequest& request) {
  Table table({{"schedule"},
               {"makespan", Align::right},
               {"bubble", Align::right},
               {"span bubble", Align::right},
               {"in flight", Align::right},
               {"until W", Align::right},
               {"activations", Align::right},
               {"note"}});
  Json rows = Json::array();
  for (const std::string& name : names_in(request)) {
    try {
      const ScheduledPipeline pipeline = scheduled_pipeline(name, request, OtherChunks::ignored);
      const workloads::Schedule& schedule = *pipeline.workload.schedule;
      const ScheduleSummary summary = workloads::evaluate_schedule(schedule, pipeline.workload.times);
      table.add_row({name, to_text(summary.makespan), percent(summary.bubble_fraction), percent(span_bubble(summary)),
                     std::to_string(most_of(summary, &workloads::StageSummary::peak_in_flight)),
                     std::to_string(most_of(summary, &workloads::StageSummary::peak_until_weight_gradient)),
                     fmt::format("{:.4g}", peak_shares(schedule, summary)), pipeline.note});
      rows.push_back(summary_json(name, schedule, summary));
      if (!pipeline.note.empty()) rows.back()["note"] = pipeline.note;
    } catch (const InputError& error) {
      // A name that nobody knows is a mistake; a shape that a schedule cannot have is part of the answer.
      if (!is_schedule_name(name)) throw;
      table.add_row({name, "", "", "", "", "", "", error.text().problem});
      rows.push_back({{"schedule", name}, {"refused", error.text().problem}});
    }
  }
  std::ostringstream text;
  table.print(text);
  text << legend;
  return {.text = text.str(), .json = json_text({{"schedules", std::move(rows)}}), .files = {}};
}

}  // namespace lockstep::cli
