#include "cli/scheduled_pipeline.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_setting.hpp"
#include "base/unit_text.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::cli {
namespace {

using workloads::Action;

// A drawing of more tasks than this shows nothing, and a scenario simulates them.
constexpr double most_tasks_to_draw = 4e6;

Json named(const std::string& schedule) {
  return {{"kind", "pipeline"}, {"schedule", schedule}, {"stages", 4}, {"microbatches", 8}};
}

Json from_file(const std::string& file, bool legacy) {
  if (!std::filesystem::exists(file)) {
    throw InputError({.problem = "there is neither a schedule nor a file called '" + excerpt(file) + "'",
                      .suggestion = suggest_name(file, names_of(workloads::schedules()))});
  }
  const auto notation = legacy ? std::optional(workloads::ScheduleNotation::legacy) : std::nullopt;
  return {{"kind", "pipeline"}, {"schedule", as_json(workloads::load_schedule(file, notation))}};
}

// A schedule over any number of chunks is the one that it is named after only from two on.
std::uint32_t usual_chunks(const std::string& schedule) {
  return workloads::takes_any_virtual_stages(schedule) ? 2 : workloads::usual_virtual_stages(schedule);
}

// Leaves each schedule the number of chunks that suits it.
void settle_chunks(const std::string& schedule, OtherChunks other_chunks, ScheduledPipeline& pipeline) {
  const std::uint32_t usual = usual_chunks(schedule);
  Json& stated = *pipeline.stated;
  if (!stated.contains("virtual_stages")) {
    stated["virtual_stages"] = usual;
  } else if (other_chunks == OtherChunks::ignored && !workloads::takes_any_virtual_stages(schedule) &&
             stated["virtual_stages"] != usual) {
    stated["virtual_stages"] = usual;
    pipeline.note = "has " + counted(usual, "chunk") + " a device";
  }
}

void require_drawable(const Json& stated) {
  double tasks = 2;
  for (const char* key : {"stages", "microbatches", "virtual_stages"}) {
    if (stated.contains(key) && stated[key].is_number()) tasks *= stated[key].get<double>();
  }
  if (tasks <= most_tasks_to_draw) return;
  throw InputError({.where = "--microbatches",
                    .problem = shortest_text(tasks) + " tasks are too many for a drawing or a table",
                    .suggestion = "draw fewer microbatches, or simulate them: lockstep run with a workload of kind "
                                  "\"pipeline\""});
}

// Half of every time that is stated as text; null where a time is drawn from a distribution.
Json halved(const Json& time) {
  if (time.is_string()) return to_exact_text(0.5 * parse_quantity<Seconds>(time.get<std::string>(), "--backward"));
  if (!time.is_array()) return nullptr;
  Json halves = Json::array();
  for (const Json& one : time) {
    halves.push_back(halved(one));
    if (halves.back().is_null()) return nullptr;
  }
  return halves;
}

void settle_times(Json& stated, bool& splits) {
  if (!stated.contains("forward")) stated["forward"] = "1 ms";
  if (stated.contains("backward_input") || stated.contains("backward_weight")) return;
  if (!stated.contains("backward")) {
    stated["backward"] = "2 ms";
    stated["backward_input"] = "1 ms";
    stated["backward_weight"] = "1 ms";
    return;
  }
  const Json half = halved(stated["backward"]);
  if (half.is_null()) return;
  stated["backward_input"] = half;
  stated["backward_weight"] = half;
  splits = true;
}

bool has_halves(const workloads::Schedule& schedule) {
  return std::any_of(schedule.tasks.begin(), schedule.tasks.end(), [](const auto& tasks) {
    return std::any_of(tasks.begin(), tasks.end(),
                       [](const workloads::Task& task) { return task.action == Action::input_gradient; });
  });
}

std::string option_of(std::string field) {
  std::replace(field.begin(), field.end(), '_', '-');
  return "--" + field;
}

// The option by which a field was stated, where it has one of its own.
std::string place_of(const std::string& where, const ScheduleRequest& request) {
  const std::string prefix = "--set: ";
  if (!where.starts_with(prefix)) return where;
  const std::string path = where.substr(prefix.size());
  const std::string field = path.substr(0, path.find_first_of(".["));
  const bool is_set = std::any_of(request.settings.begin(), request.settings.end(),
                                  [&](const std::string& setting) { return setting.starts_with(field + "="); });
  const auto& names = schedule_options;
  const bool has_option = std::find(names.begin(), names.end(), field) != names.end();
  if (!has_option || (is_set && !request.fields.contains(field))) return where;
  return option_of(field) + path.substr(field.size());
}

workloads::PipelineWorkload read(const Json& stated, const ScheduleRequest& request) {
  try {
    const JsonFields fields(stated, "--set");
    workloads::PipelineWorkload workload = workloads::read_pipeline_workload(fields, {});
    static_cast<void>(fields.raw("kind"));
    fields.reject_unknown();
    return workload;
  } catch (const InputError& error) {
    InputError::Text text = error.text();
    text.where = place_of(text.where, request);
    throw InputError(text);
  }
}

}  // namespace

bool is_schedule_name(const std::string& text) {
  const auto names = names_of(workloads::schedules());
  return std::find(names.begin(), names.end(), text) != names.end();
}

ScheduledPipeline scheduled_pipeline(const std::string& schedule, const ScheduleRequest& request,
                                     OtherChunks other_chunks) {
  const bool is_named = is_schedule_name(schedule);
  ScheduledPipeline pipeline;
  pipeline.stated = std::make_shared<Json>(is_named ? named(schedule) : from_file(schedule, request.legacy_notation));
  Json& stated = *pipeline.stated;
  for (const std::string& setting : request.settings) apply_setting(stated, setting);
  // An option of its own says more than a --set of the same field.
  for (const auto& [field, value] : request.fields) apply_setting(stated, std::string(field).append("=").append(value));
  if (is_named) settle_chunks(schedule, other_chunks, pipeline);
  require_drawable(stated);
  bool splits = false;
  settle_times(stated, splits);
  pipeline.workload = read(stated, request);
  if (splits && has_halves(*pipeline.workload.schedule)) {
    pipeline.note += (pipeline.note.empty() ? "" : "; ") + std::string("backward split into equal halves");
  }
  return pipeline;
}

}  // namespace lockstep::cli
