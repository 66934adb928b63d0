#include "validation/pipeline_case.hpp"

#include "base/error.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::validation {
namespace {

// Beyond this a schedule is not compared with those of the catalogue.
constexpr std::uint64_t most_compared_tasks = 1'000'000;

workloads::TimeTable changed(const workloads::Schedule& schedule, const workloads::TimeTable& table,
                             const TableChange& change) {
  std::vector<Seconds> values;
  values.reserve(std::size_t{schedule.chunks()} * schedule.microbatches);
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    for (std::uint32_t m = 0; m < schedule.microbatches; ++m) values.push_back(change(table, chunk, m));
  }
  return {std::move(values), schedule.microbatches};
}

}  // namespace

sim::Job job_of(const PipelineCase& subject) {
  return {
      .program = std::make_shared<const workloads::ScheduleProgram>(subject.schedule, subject.times, subject.message),
      .placement = subject.members};
}

Seconds simulated_time(const PipelineCase& subject, const Simulator& simulator) {
  const sim::Job job = job_of(subject);
  return simulator(*subject.fleet, std::span(&job, 1), subject.engine).jobs.front().end;
}

std::string catalogue_name(const workloads::Schedule& schedule) {
  if (schedule.task_count() > most_compared_tasks || schedule.stages() % schedule.devices() != 0) return "";
  const workloads::ScheduleShape shape{.stages = schedule.devices(),
                                       .microbatches = schedule.microbatches,
                                       .virtual_stages = schedule.stages() / schedule.devices()};
  for (const auto& entry : workloads::schedules()) {
    try {
      if (workloads::make_schedule(std::string(entry.name), shape) == schedule) return std::string(entry.name);
    } catch (const InputError&) {
      continue;  // it cannot have this shape
    }
  }
  return "";
}

void change_times(PipelineCase& subject, const TableChange& change) {
  workloads::ScheduleTimes& times = subject.times;
  for (workloads::TimeTable* table : {&times.forward, &times.backward, &times.input_gradient, &times.weight_gradient}) {
    *table = changed(*subject.schedule, *table, change);
  }
  if (times.overlapped) times.overlapped = changed(*subject.schedule, *times.overlapped, change);
}

}  // namespace lockstep::validation
