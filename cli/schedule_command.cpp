#include "cli/schedule_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "cli/output.hpp"
#include "cli/schedule_comparison.hpp"
#include "cli/schedule_drawing.hpp"
#include "cli/scheduled_pipeline.hpp"
#include "sim/run_scenario.hpp"
#include "sim/traces/chrome_trace.hpp"
#include "workloads/schedules/pipeline_workload.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::cli {
namespace {

using workloads::ScheduleSummary;

std::string summary_text(const std::string& name, const workloads::Schedule& schedule, const ScheduleSummary& summary) {
  return fmt::format(
      "{}: {}, {}, {}; makespan {}, bubble {}, at most {} in flight\n", name, counted(schedule.devices(), "device"),
      counted(schedule.chunks(), "chunk"), counted(schedule.microbatches, "microbatch"), to_text(summary.makespan),
      percent(summary.bubble_fraction), counted(most_of(summary, &workloads::StageSummary::peak_in_flight), "chunk"));
}

std::string trace_of(Json pipeline) {
  const Json document = {{"workload", std::move(pipeline)}, {"engine", {{"network", "contention_free"}}}};
  const Catalog catalog = Catalog::bundled();
  const sim::Scenario scenario = sim::read_scenario(document, {.catalog = catalog, .file = "--set"});
  const std::vector<sim::Job> jobs = scenario.jobs();
  sim::ChromeTrace trace(scenario.fleet(), jobs);
  sim::run_scenario(scenario, &trace);
  std::ostringstream out;
  trace.write(out);
  return std::move(out).str();
}

ScheduleAnswer draw(const ScheduleRequest& request, const DrawingStyle& style) {
  const ScheduledPipeline pipeline = scheduled_pipeline(request.schedule, request);
  const workloads::PipelineWorkload& workload = pipeline.workload;
  const workloads::Schedule& schedule = *workload.schedule;
  workloads::Recurrence recurrence;
  const auto makespan = recurrence.evaluate(schedule, workload.times);
  if (!makespan) throw SimulationError("the schedule is deadlocked: " + recurrence.deadlock());
  TimedSchedule timed{schedule, {}, *makespan};
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) timed.spans.push_back(recurrence.spans(device));
  const ScheduleSummary summary = workloads::summarize(schedule, timed.spans);

  ScheduleAnswer answer;
  answer.text = summary_text(request.schedule, schedule, summary);
  if (!pipeline.note.empty()) answer.text += pipeline.note + "\n";
  if (request.check) {
    answer.text += fmt::format(
        "checked: each of {} tasks once and on its device, every forward before its backward, no deadlock\n",
        schedule.task_count());
  } else {
    answer.text += terminal_drawing(timed, style);
  }
  answer.json = json_text(summary_json(request.schedule, schedule, summary));
  if (!request.csv.empty()) answer.files.emplace_back(request.csv, workloads::write_pytorch_csv(schedule));
  if (!request.schedule_json.empty()) answer.files.emplace_back(request.schedule_json, json_text(as_json(schedule)));
  if (!request.svg.empty()) answer.files.emplace_back(request.svg, svg_drawing(timed));
  if (!request.trace.empty()) answer.files.emplace_back(request.trace, trace_of(*pipeline.stated));
  return answer;
}

// The options that write files, of those that are stated.
std::vector<std::string> files_of(const ScheduleRequest& request) {
  std::vector<std::string> options;
  if (!request.csv.empty()) options.emplace_back("--csv");
  if (!request.schedule_json.empty()) options.emplace_back("--schedule-json");
  if (!request.svg.empty()) options.emplace_back("--svg");
  if (!request.trace.empty()) options.emplace_back("--trace");
  return options;
}

void require_no_files(const ScheduleRequest& request) {
  const std::vector<std::string> files = files_of(request);
  if (files.empty() && !request.check) return;
  throw InputError({.where = files.empty() ? "--check" : files.front(),
                    .problem = "this is about one schedule, and --compare about several",
                    .suggestion = "leave out --compare and name one schedule"});
}

ScheduleAnswer list_schedules() {
  std::string text = "Schedules, as in lockstep schedule 1f1b --stages 4 --microbatches 8 (or give a file):\n";
  Json names = Json::array();
  for (const auto& entry : workloads::schedules()) {
    text += fmt::format("  {:<18}{}\n", entry.name, entry.description);
    names.push_back(entry.name);
  }
  return {.text = text, .json = json_text({{"schedules", std::move(names)}}), .files = {}};
}

}  // namespace

ScheduleAnswer answer_schedule(const ScheduleRequest& request, const DrawingStyle& style) {
  if (!request.compare.empty()) {
    require_no_files(request);
    return compare_schedules(request);
  }
  if (request.schedule.empty()) {
    const bool asks_for_one = !request.settings.empty() || !request.fields.empty() || !files_of(request).empty();
    if (!asks_for_one && !request.check) return list_schedules();
    throw InputError({.where = "SCHEDULE",
                      .problem = "there is no schedule to which the options apply",
                      .suggestion = "name one, as in lockstep schedule 1f1b --stages 4, or several with --compare"});
  }
  return draw(request, style);
}

}  // namespace lockstep::cli
