#pragma once

#include "base/json_text.hpp"
#include "sim/metrics/stage_watch.hpp"
#include "workloads/schedules/schedule.hpp"
#include "workloads/training/memory_verdict.hpp"
#include "workloads/training/step_figures.hpp"

// The results of a training step under their public names.
namespace lockstep::sim {

Json as_json(const workloads::MemoryVerdict& verdict);
// Adds throughput and shares of the peak.
void add_figures(const workloads::StepFigures& figures, Json& results);
// How busy the pipeline was, and what the order of its tasks keeps in flight.
Json as_json(const StageWatch::Summary& pipeline, const workloads::Schedule& schedule);

}  // namespace lockstep::sim
