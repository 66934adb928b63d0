#pragma once

#include <memory>
#include <string>

#include "base/json_fields.hpp"
#include "cli/schedule_command.hpp"
#include "workloads/schedules/pipeline_workload.hpp"

// The pipeline that `lockstep schedule` is asked about.
namespace lockstep::cli {

struct ScheduledPipeline {
  std::shared_ptr<Json> stated;  // as a scenario would state it
  workloads::PipelineWorkload workload;
  std::string note;  // what was assumed for want of a statement; empty: nothing
};

bool is_schedule_name(const std::string& text);

// Whose shape a schedule takes that has a number of chunks of its own.
enum class OtherChunks : std::uint8_t { refused, ignored };

// A schedule by name or from a file, with equal stages and a backward of twice the forward unless the request says
// more. Throws InputError at the option that is at fault.
ScheduledPipeline scheduled_pipeline(const std::string& schedule, const ScheduleRequest& request,
                                     OtherChunks other_chunks = OtherChunks::refused);

}  // namespace lockstep::cli
