#pragma once

#include "base/json_text.hpp"
#include "sim/metrics/critical_path.hpp"
#include "sim/metrics/stage_watch.hpp"
#include "sim/metrics/time_use.hpp"
#include "workloads/schedules/schedule.hpp"
#include "workloads/training/memory_verdict.hpp"
#include "workloads/training/step_figures.hpp"

// The results of a training step under their public names.
namespace lockstep::sim {

Json as_json(const workloads::MemoryVerdict& verdict);
// Adds throughput and shares of the peak.
void add_figures(const workloads::StepFigures& figures, Json& results);
// Where the time of a rank goes; the parts add up to the step.
Json as_json(const TimeUse& use);
// What crossed the network in a step, by what it was for.
Json traffic_json(const JobTimeline& job);
// What determined the end: sums by purpose, and its steps in short. `devices` has the name of each rank's device.
Json as_json(std::span<const PathStep> critical_path, std::span<const std::string> devices);
// How busy the pipeline was, and what the order of its tasks keeps in flight.
Json as_json(const StageWatch::Summary& pipeline, const workloads::Schedule& schedule);

}  // namespace lockstep::sim
