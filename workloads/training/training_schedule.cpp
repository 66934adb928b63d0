#include "workloads/training/training_schedule.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "workloads/schedules/automatic/schedule_search.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

// The field beside the one that `where` names.
std::string beside(const std::string& where, const std::string& field) {
  const std::size_t cut = where.find_last_of(". ");
  return cut == std::string::npos ? field : where.substr(0, cut + 1) + field;
}

ScheduleShape shape_of(const ParallelPlan& plan, std::uint64_t microbatches) {
  return {.stages = plan.pipeline,
          .microbatches = static_cast<std::uint32_t>(std::min<std::uint64_t>(microbatches, most_tasks)),
          .virtual_stages = plan.virtual_stages};
}

// What a pipeline of its own calls stages and microbatches follows from other fields of a training job.
[[noreturn]] void refuse(InputError::Text text, const std::string& where) {
  if (text.where == beside(where, "stages")) text.where = beside(where, "parallel.pipeline");
  if (text.where == beside(where, "microbatches")) {
    text.where = beside(where, "global_batch");
    text.problem += " (each replica has global_batch / (data x microbatch))";
  }
  throw InputError(text);
}

void refuse_turning_alone(const TrainingSpec& spec, const std::string& where) {
  const bool turns = spec.schedule == "zb_v" || spec.schedule == "dualpipe_v";
  if (!turns || spec.execution.plan.pipeline > 1) return;
  throw InputError({.where = where,
                    .problem = spec.schedule + " turns round at the end of a pipeline, and this one has one stage",
                    .suggestion = R"(state "pipeline" above 1, or use "zb_h1")"});
}

// One step ends when its last gradient is there; a schedule that updates weights in the middle has no such end.
void refuse_without_flush(const TrainingSpec& spec, const std::string& where) {
  if (spec.schedule != "pipedream_2bw") return;
  throw InputError({.where = where,
                    .problem = "pipedream_2bw never flushes its pipeline, so it has no step whose time could be told",
                    .suggestion = "use '1f1b', or simulate the pipeline alone, with a workload of kind 'pipeline'"});
}

ScheduleTimes times_for(const Schedule& placed, const TrainingScheduleSource& source) {
  std::vector<Seconds> forward;
  std::vector<Seconds> input;
  std::vector<Seconds> weight;
  std::vector<Seconds> backward;
  for (std::uint32_t chunk = 0; chunk < placed.chunks(); ++chunk) {
    const PassTimes pass = source.compute(chunk % placed.stages(), placed.device_of[chunk]);
    forward.push_back(pass.forward);
    input.push_back(pass.recompute + pass.backward_input);
    weight.push_back(pass.backward_weight);
    backward.push_back(input.back() + weight.back());
  }
  ScheduleTimes times;
  times.forward = TimeTable(std::move(forward));
  times.backward = TimeTable(std::move(backward));
  times.input_gradient = TimeTable(std::move(input));
  times.weight_gradient = TimeTable(std::move(weight));
  return times;
}

Schedule made(const TrainingSpec& spec, std::uint64_t microbatches, const TrainingScheduleSource& source) {
  refuse_turning_alone(spec, source.where);
  refuse_without_flush(spec, source.where);
  ScheduleShape shape = shape_of(spec.execution.plan, microbatches);
  ScheduleSearch search;
  search.most_copies = 1;  // a second copy of the weights is the user's to ask for
  search.seed = source.seed;
  if (source.compute) search.times = [&](const Schedule& placed) { return times_for(placed, source); };
  shape.search = &search;
  try {
    return make_schedule(spec.schedule, shape, source.where);
  } catch (const InputError& error) {
    refuse(error.text(), source.where);
  }
}

Schedule loaded(const TrainingSpec& spec, const TrainingScheduleSource& source) {
  Schedule schedule = load_schedule((std::filesystem::path(source.directory) / spec.schedule_file).string());
  const ParallelPlan& plan = spec.execution.plan;
  const auto require = [&](const char* what, std::uint64_t in_file, const char* whose, std::uint64_t in_plan) {
    if (in_file == in_plan) return;
    throw InputError({.where = source.where,
                      .problem = "the schedule in '" + spec.schedule_file + "' has " + std::to_string(in_file) + " " +
                                 what + ", and " + whose + " makes it " + std::to_string(in_plan),
                      .suggestion = "change one of the two"});
  };
  require("devices", schedule.devices(), "\"pipeline\"", plan.pipeline);
  require("stages of the model", schedule.stages(), "\"pipeline\" x \"virtual_stages\"", plan.chunks());
  require("microbatches", schedule.microbatches, "global_batch / (data x microbatch)", spec.microbatches());
  return schedule;
}

bool follows(const Schedule& schedule, ParallelPlan plan, ChunkRoute route) {
  if ((schedule.copies == 2) != (route == ChunkRoute::mirrored)) return false;
  plan.route = route;
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    std::uint32_t stage = stage_of_chunk(plan, chunk % schedule.stages());
    if (chunk >= schedule.stages()) stage = plan.pipeline - 1 - stage;  // the second copy runs the other way
    if (schedule.device_of[chunk] != stage) return false;
  }
  return true;
}

ChunkRoute route_of(const Schedule& schedule, const ParallelPlan& plan, const std::string& where) {
  // The plan's own first: on few stages routes may be the same.
  for (const ChunkRoute route :
       {plan.route, ChunkRoute::round_and_round, ChunkRoute::there_and_back, ChunkRoute::mirrored}) {
    if (follows(schedule, plan, route)) return route;
  }
  throw InputError({.where = where,
                    .problem = "the schedule puts chunks of the model on devices in an order that no plan has",
                    .suggestion = "place them round the devices, down and up again, or in two copies from either end"});
}

}  // namespace

TrainingSchedule schedule_of(const TrainingSpec& spec, const TrainingScheduleSource& source) {
  std::vector<std::uint32_t> shares = spec.microbatches_per_replica;
  if (shares.empty()) shares.push_back(static_cast<std::uint32_t>(spec.microbatches()));
  std::map<std::uint32_t, std::shared_ptr<const Schedule>> known;
  TrainingSchedule found;
  for (const std::uint32_t microbatches : shares) {
    const auto [entry, is_new] = known.try_emplace(microbatches);
    if (is_new) {
      entry->second = std::make_shared<const Schedule>(spec.schedule_file.empty() ? made(spec, microbatches, source)
                                                                                  : loaded(spec, source));
    }
    found.of_replica.push_back(entry->second);
  }
  found.schedule = known.rbegin()->second;
  found.route = route_of(*found.schedule, spec.execution.plan, source.where);
  for (const auto& [microbatches, schedule] : known) {
    if (schedule->device_of == found.schedule->device_of) continue;
    throw InputError({.where = source.where,
                      .problem = "for " + std::to_string(microbatches) +
                                 " microbatches the search found another place for the chunks of the model",
                      .suggestion = R"(name a schedule, such as "1f1b", where replicas have unequal numbers)"});
  }
  return found;
}

InFlight in_flight_of(const Schedule& schedule) {
  InFlight in_flight{.chunks = {}, .head = 0};
  for (const std::vector<Task>& tasks : schedule.tasks) {
    in_flight.chunks.push_back(peak_in_flight(tasks).until_weight_gradient);
    std::vector<Task> of_head;
    std::copy_if(tasks.begin(), tasks.end(), std::back_inserter(of_head),
                 [&](const Task& task) { return has_microbatch(task.action) && schedule.is_last(task.chunk); });
    in_flight.head = std::max<double>(in_flight.head, peak_in_flight(of_head).until_weight_gradient);
  }
  return in_flight;
}

InFlightOf in_flight_under(const TrainingSpec& spec, std::shared_ptr<const Schedule> schedule) {
  return [spec, schedule = std::move(schedule)](const ParallelPlan& plan,
                                                std::uint64_t microbatches) -> std::optional<InFlight> {
    const ScheduleShape shape = shape_of(plan, microbatches);
    const ParallelPlan& own = spec.execution.plan;
    if (shape.stages == own.pipeline && shape.virtual_stages == own.virtual_stages &&
        microbatches == schedule->microbatches) {
      return in_flight_of(*schedule);
    }
    if (!spec.schedule_file.empty() || spec.schedule == "auto") return std::nullopt;
    try {
      return in_flight_of(make_schedule(spec.schedule, shape));
    } catch (const InputError&) {
      return std::nullopt;  // the schedule cannot have that shape
    }
  };
}

}  // namespace lockstep::workloads
