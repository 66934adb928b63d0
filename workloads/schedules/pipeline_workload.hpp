#pragma once

#include <memory>
#include <optional>

#include "base/json_fields.hpp"
#include "workloads/schedules/lower_schedule.hpp"

// The workload that is one pipeline.
namespace lockstep::workloads {

// What a chunk keeps of a microbatch.
struct ActivationMemory {
  Bytes until_gradient;         // from its forward to the end of its backward, or of the input gradient
  Bytes until_weight_gradient;  // the part of it that the weight gradient needs
};

struct PipelineWorkload {
  std::shared_ptr<const Schedule> schedule;
  ScheduleTimes times;
  std::optional<Bytes> activation;                  // of a hop, where it is no fixed time
  std::vector<ActivationMemory> activation_memory;  // of each device's chunks, where it is stated
  std::shared_ptr<const Json> as_run;               // with defaults filled in

  // With `has_links` hops are messages where bytes are stated and no fixed time is; without, those cost nothing.
  std::shared_ptr<const ScheduleProgram> program(bool has_links) const;
};

// Where a workload's own files lie, and the seed of what it draws.
struct PipelineSource {
  std::string directory = ".";
  std::uint64_t seed = 0;
};

// Reads a workload of kind "pipeline". Throws InputError; unknown keys are left to the caller.
PipelineWorkload read_pipeline_workload(const JsonFields& fields, const PipelineSource& source);

// The schedule alone: by name with "stages", "microbatches" and "virtual_stages", {"file": …}, or written out.
Schedule read_workload_schedule(const JsonFields& fields, const PipelineSource& source);

// The most that a device's chunks keep at one time.
Bytes peak_activation_bytes(const std::vector<Task>& tasks, const ActivationMemory& memory);

}  // namespace lockstep::workloads
