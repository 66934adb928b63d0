#include "sim/scenario/pipeline_kind.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/metrics/schedule_watch.hpp"
#include "sim/scenario/ideal_devices.hpp"
#include "workloads/schedules/pipeline_workload.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::sim {
namespace {

using workloads::PipelineWorkload;
using workloads::ScheduleSummary;
using workloads::StageSummary;

Json as_json(const workloads::IdleCauses& idle) {
  return {{"warm_up", idle.warm_up.si()},
          {"drain", idle.drain.si()},
          {"transfer", idle.transfer.si()},
          {"imbalance", idle.imbalance.si()}};
}

std::string percent(double share) {
  return shortest_text(std::round(share * 1e4) / 1e2) + " %";
}

class PipelineKind final : public Workload {
 public:
  PipelineKind(PipelineWorkload workload, const WorkloadGround& ground)
      : workload_(std::move(workload)),
        placement_(ground.devices.begin(),
                   ground.devices.begin() + static_cast<std::ptrdiff_t>(workload_.schedule->devices())),
        program_(workload_.program(!ground.fleet.links().empty())),
        watch_(program_) {}

  Job job() const override { return {.program = program_, .placement = placement_}; }
  Json as_run() const override { return *workload_.as_run; }
  Observer* watch(const Job&) override { return &watch_; }
  bool watches_every_rank() const override { return true; }

  void add_results(const Timeline&, const JobTimeline& job, Json& results) const override {
    const ScheduleSummary summary = watch_.summary(job.last_step_start());
    results["bubble_fraction"] = summary.bubble_fraction;
    workloads::IdleCauses total;
    Json stages = Json::array();
    for (std::size_t device = 0; device < summary.stages.size(); ++device) {
      const StageSummary& stage = summary.stages[device];
      stages.push_back({{"busy_s", stage.busy.si()},
                        {"first_start_s", stage.first_start.si()},
                        {"last_end_s", stage.last_end.si()},
                        {"peak_in_flight", stage.peak_in_flight},
                        {"peak_until_weight_gradient", stage.peak_until_weight_gradient},
                        {"idle_s", as_json(stage.idle)}});
      if (!workload_.activation_memory.empty()) stages.back()["peak_activation_bytes"] = peak_bytes(device).si();
      total.warm_up += stage.idle.warm_up;
      total.drain += stage.idle.drain;
      total.transfer += stage.idle.transfer;
      total.imbalance += stage.idle.imbalance;
    }
    results["idle_s"] = as_json(total);
    results["stages"] = std::move(stages);
  }

  std::vector<std::pair<std::string, std::string>> summary(const JobTimeline& job) const override {
    const ScheduleSummary run = watch_.summary(job.last_step_start());
    const workloads::Schedule& schedule = *workload_.schedule;
    const Json& name = (*workload_.as_run)["schedule"];
    std::uint32_t in_flight = 0;
    Bytes bytes;
    for (std::size_t device = 0; device < run.stages.size(); ++device) {
      in_flight = std::max(in_flight, run.stages[device].peak_until_weight_gradient);
      if (!workload_.activation_memory.empty()) bytes = std::max(bytes, peak_bytes(device));
    }
    std::vector<std::pair<std::string, std::string>> lines = {
        {"schedule", (name.is_string() ? name.get<std::string>() + ", " : "") + counted(schedule.devices(), "device") +
                         ", " + counted(schedule.stages(), "stage") + ", " +
                         counted(schedule.microbatches, "microbatch")},
        {"bubble", percent(run.bubble_fraction) + " of the devices' time"},
        {"peak in flight", counted(in_flight, "chunk") + " on one device"}};
    if (bytes > Bytes(0)) lines.emplace_back("peak activations", to_text(bytes) + " on one device");
    return lines;
  }

 private:
  Bytes peak_bytes(std::size_t device) const {
    return peak_activation_bytes(workload_.schedule->tasks[device], workload_.activation_memory[device]);
  }

  PipelineWorkload workload_;
  std::vector<topology::VertexId> placement_;
  std::shared_ptr<const workloads::ScheduleProgram> program_;
  ScheduleWatch watch_;
};

}  // namespace

std::unique_ptr<Workload> read_pipeline_kind(const JsonFields& fields, const WorkloadGround& ground) {
  auto workload = workloads::read_pipeline_workload(fields, {.directory = ground.directory, .seed = ground.seed});
  fields.reject_unknown();
  const std::uint32_t stages = workload.schedule->devices();
  if (stages > ground.devices.size()) {
    fields.fail(
        fields.has("stages") ? "stages" : "schedule",
        std::to_string(stages) + " stages need as many devices, and there are " + std::to_string(ground.devices.size()),
        "make the fleet larger, or give the pipeline more \"devices\"");
  }
  return std::make_unique<PipelineKind>(std::move(workload), ground);
}

topology::Fleet devices_of_pipeline(const JsonFields& fields) {
  std::uint32_t count = 0;
  if (fields.required_raw("schedule").is_object()) {
    const std::string directory = std::filesystem::path(fields.file()).parent_path().string();
    count = workloads::read_workload_schedule(fields, {.directory = directory}).devices();
  } else {
    count = static_cast<std::uint32_t>(fields.count("stages", 1, workloads::most_chunks / 2));
  }
  return ideal_devices(count);
}

}  // namespace lockstep::sim
