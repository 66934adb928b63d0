#include "workloads/schedules/pipeline_workload.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "workloads/schedules/pipeline_search.hpp"
#include "workloads/schedules/pipeline_times.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

constexpr const char* shape_keys[] = {"stages", "microbatches", "virtual_stages"};

Schedule read_named(const JsonFields& fields, const std::string& name, std::uint64_t seed) {
  find_entry(schedules(), name, "schedule", fields.where("schedule"));
  auto count = [&](const char* key) { return static_cast<std::uint32_t>(fields.count(key, 1, most_tasks)); };
  ScheduleShape shape{.stages = count("stages"), .microbatches = count("microbatches")};
  shape.virtual_stages = fields.has("virtual_stages") ? count("virtual_stages") : usual_virtual_stages(name);
  if (name != "auto") return make_schedule(name, shape, fields.where("schedule"));
  const ScheduleSearch search = read_schedule_search(fields, shape, seed);
  shape.search = &search;
  return make_schedule(name, shape, fields.where("schedule"));
}

// A file next to the scenario, or a schedule that is written out in place.
Schedule read_written(const JsonFields& fields, const std::string& directory) {
  for (const char* key : shape_keys) {
    if (fields.has(key)) {
      fields.fail(key, "a schedule that is written out says this itself", "leave it out");
    }
  }
  const JsonFields schedule = fields.object("schedule");
  if (!schedule.has("file")) return read_schedule(schedule);
  const std::filesystem::path file = schedule.required<std::string>("file");
  std::optional<ScheduleNotation> notation;
  if (schedule.has("notation")) {
    notation = schedule.choice("notation", {"current", "legacy"}) == "legacy" ? ScheduleNotation::legacy
                                                                              : ScheduleNotation::current;
  }
  schedule.reject_unknown();
  return load_schedule((std::filesystem::path(directory) / file).string(), notation);
}

// What chunks keep: stated for a device's whole share, or else the activations that a chunk was given.
std::vector<ActivationMemory> read_memory(const JsonFields& fields, const Schedule& schedule,
                                          std::optional<Bytes> activation) {
  const auto share = fields.maybe<Bytes>("activation_memory");
  const auto kept = fields.maybe<Bytes>("weight_gradient_memory");
  if (kept && (!share || *kept > *share)) {
    fields.fail("weight_gradient_memory", "it is the part of \"activation_memory\" that the weight gradient needs",
                "state an \"activation_memory\" that is at least as large");
  }
  if (!share && !activation) return {};
  std::vector<double> chunks(schedule.devices());
  for (const std::uint32_t device : schedule.device_of) chunks[device] += 1.0 / schedule.copies;
  std::vector<ActivationMemory> memory;
  for (const double count : chunks) {
    const Bytes whole = !share ? *activation : count > 0 ? *share / count : Bytes(0);
    memory.push_back({whole, kept && count > 0 ? *kept / count : whole});
  }
  return memory;
}

Json describe(const JsonFields& fields, const Schedule& schedule) {
  Json json = {{"kind", "pipeline"}, {"schedule", fields.required_raw("schedule")}};
  if (json["schedule"].is_string()) {
    json["stages"] = schedule.devices();
    json["microbatches"] = schedule.microbatches;
    json["virtual_stages"] = schedule.stages() / schedule.devices();
    if (json["schedule"] == "auto") {
      const ScheduleSearch usual;
      json["search_objective"] = "makespan";
      json["search_budget"] = usual.budget;
      json["most_copies"] = usual.most_copies;
    }
  }
  json["transfer_occupies"] = "nobody";
  for (const char* key : {"forward", "backward", "backward_input", "backward_weight", "overlapped", "stage_scale",
                          "transfer", "transfer_occupies", "activation", "activation_memory", "weight_gradient_memory",
                          "memory_limit", "search_objective", "search_budget", "most_copies"}) {
    if (const Json* stated = fields.raw(key)) json[key] = *stated;
  }
  return json;
}

}  // namespace

Schedule read_workload_schedule(const JsonFields& fields, const PipelineSource& source) {
  const Json& stated = fields.required_raw("schedule");
  if (stated.is_object()) return read_written(fields, source.directory);
  return read_named(fields, fields.required<std::string>("schedule"), source.seed);
}

PipelineWorkload read_pipeline_workload(const JsonFields& fields, const PipelineSource& source) {
  PipelineWorkload workload;
  workload.schedule = std::make_shared<const Schedule>(read_workload_schedule(fields, source));
  workload.times = read_schedule_times(fields, *workload.schedule, source.seed);
  const auto activation = fields.maybe<Bytes>("activation");
  // A transfer that takes a stated time takes that, whatever it carries.
  if (!fields.has("transfer")) workload.activation = activation;
  if (workload.activation && workload.times.occupies == TransferOccupies::sender) {
    fields.fail("transfer_occupies", "activations that cross the fleet keep no sender from computing",
                "state how long a \"transfer\" takes instead");
  }
  workload.activation_memory = read_memory(fields, *workload.schedule, activation);
  workload.as_run = std::make_shared<const Json>(describe(fields, *workload.schedule));
  return workload;
}

std::shared_ptr<const ScheduleProgram> PipelineWorkload::program(bool has_links) const {
  return std::make_shared<const ScheduleProgram>(schedule, times, has_links ? activation : std::nullopt);
}

Bytes peak_activation_bytes(const std::vector<Task>& tasks, const ActivationMemory& memory) {
  Bytes kept;
  Bytes peak;
  // Of a pair both halves are there before either is over.
  Bytes freed;
  for (const Task& task : tasks) {
    if (task.action == Action::forward) kept += memory.until_gradient;
    if (task.action == Action::backward) freed += memory.until_gradient;
    if (task.action == Action::input_gradient) freed += memory.until_gradient - memory.until_weight_gradient;
    if (task.action == Action::weight_gradient) freed += memory.until_weight_gradient;
    peak = std::max(peak, kept);
    if (task.overlaps_next) continue;
    kept -= freed;
    freed = Bytes(0);
  }
  return peak;
}

}  // namespace lockstep::workloads
