#include "cli/schedule_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/json_setting.hpp"
#include "base/unit_text.hpp"
#include "cli/output.hpp"
#include "cli/schedule_drawing.hpp"
#include "cli/table.hpp"
#include "sim/run_scenario.hpp"
#include "sim/traces/chrome_trace.hpp"
#include "workloads/schedules/pipeline_workload.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::cli {
namespace {

using workloads::PipelineWorkload;
using workloads::ScheduleSummary;

bool is_name(const std::string& text) {
  const auto names = names_of(workloads::schedules());
  return std::find(names.begin(), names.end(), text) != names.end();
}

// The pipeline as a scenario would state it: equal stages, a backward of twice the forward, unless --set says more.
Json pipeline_of(const std::string& schedule, const ScheduleRequest& request) {
  Json pipeline = {{"kind", "pipeline"}};
  if (is_name(schedule)) {
    pipeline.update({{"schedule", schedule}, {"stages", 4}, {"microbatches", 8}});
  } else if (std::filesystem::exists(schedule)) {
    const auto notation = request.legacy_notation ? std::optional(workloads::ScheduleNotation::legacy) : std::nullopt;
    pipeline["schedule"] = as_json(workloads::load_schedule(schedule, notation));
  } else {
    throw InputError({.problem = "there is neither a schedule nor a file called '" + excerpt(schedule) + "'",
                      .suggestion = suggest_name(schedule, names_of(workloads::schedules()))});
  }
  for (const std::string& setting : request.settings) apply_setting(pipeline, setting);
  if (!pipeline.contains("forward")) pipeline["forward"] = "1 ms";
  if (!pipeline.contains("backward") && !pipeline.contains("backward_input")) {
    pipeline["backward"] = "2 ms";
    pipeline["backward_input"] = "1 ms";
    pipeline["backward_weight"] = "1 ms";
  }
  return pipeline;
}

PipelineWorkload read_pipeline(const Json& pipeline) {
  const JsonFields fields(pipeline, "--set");
  PipelineWorkload workload = workloads::read_pipeline_workload(fields, {});
  static_cast<void>(fields.raw("kind"));
  fields.reject_unknown();
  return workload;
}

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

std::uint32_t peak(const ScheduleSummary& summary, std::uint32_t workloads::StageSummary::*figure) {
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
               {"bubble_fraction", summary.bubble_fraction}};
  for (const workloads::StageSummary& stage : summary.stages) {
    json["per_device"].push_back({{"busy_s", stage.busy.si()},
                                  {"first_start_s", stage.first_start.si()},
                                  {"last_end_s", stage.last_end.si()},
                                  {"peak_in_flight", stage.peak_in_flight},
                                  {"peak_until_weight_gradient", stage.peak_until_weight_gradient}});
  }
  return json;
}

std::string summary_text(const std::string& name, const workloads::Schedule& schedule, const ScheduleSummary& summary) {
  return fmt::format(
      "{}: {} devices, {} chunks, {} microbatches; makespan {}, bubble {}, at most {} chunks in flight\n", name,
      schedule.devices(), schedule.chunks(), schedule.microbatches, to_text(summary.makespan),
      percent(summary.bubble_fraction), peak(summary, &workloads::StageSummary::peak_in_flight));
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
  const Json pipeline = pipeline_of(request.schedule, request);
  const PipelineWorkload workload = read_pipeline(pipeline);
  const workloads::Schedule& schedule = *workload.schedule;
  workloads::Recurrence recurrence;
  const auto makespan = recurrence.evaluate(schedule, workload.times);
  if (!makespan) throw SimulationError("the schedule is deadlocked: " + recurrence.deadlock());
  TimedSchedule timed{schedule, {}, *makespan};
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) timed.spans.push_back(recurrence.spans(device));
  const ScheduleSummary summary = workloads::summarize(schedule, timed.spans);

  ScheduleAnswer answer;
  answer.text = summary_text(request.schedule, schedule, summary);
  if (request.check) {
    answer.text += fmt::format(
        "checked: each of {} tasks once and on its device, every forward before its backward, no deadlock\n",
        schedule.task_count());
  } else {
    answer.text += terminal_drawing(timed, style);
  }
  answer.json = json_text(summary_json(request.schedule, schedule, summary));
  if (!request.csv.empty()) answer.files.emplace_back(request.csv, workloads::write_pytorch_csv(schedule));
  if (!request.svg.empty()) answer.files.emplace_back(request.svg, svg_drawing(timed));
  if (!request.trace.empty()) answer.files.emplace_back(request.trace, trace_of(pipeline));
  return answer;
}

ScheduleAnswer compare(const ScheduleRequest& request) {
  Table table({{"schedule"},
               {"makespan", Align::right},
               {"bubble", Align::right},
               {"in flight", Align::right},
               {"until W", Align::right},
               {"note"}});
  Json rows = Json::array();
  std::istringstream names(request.compare);
  for (std::string name; std::getline(names, name, ',');) {
    // A name that nobody knows is a mistake; a shape that a schedule cannot have is part of the answer.
    const bool is_known = is_name(name);
    try {
      const PipelineWorkload workload = read_pipeline(pipeline_of(name, request));
      const ScheduleSummary summary = workloads::evaluate_schedule(*workload.schedule, workload.times);
      table.add_row({name, to_text(summary.makespan), percent(summary.bubble_fraction),
                     std::to_string(peak(summary, &workloads::StageSummary::peak_in_flight)),
                     std::to_string(peak(summary, &workloads::StageSummary::peak_until_weight_gradient))});
      rows.push_back(summary_json(name, *workload.schedule, summary));
    } catch (const InputError& error) {
      if (!is_known) throw;
      table.add_row({name, "", "", "", "", error.text().problem});
      rows.push_back({{"schedule", name}, {"refused", error.text().problem}});
    }
  }
  std::ostringstream text;
  table.print(text);
  return {.text = text.str(), .json = json_text({{"schedules", std::move(rows)}}), .files = {}};
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
  if (!request.compare.empty()) return compare(request);
  if (request.schedule.empty()) return list_schedules();
  return draw(request, style);
}

}  // namespace lockstep::cli
