#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "validation/collective_case.hpp"
#include "workloads/schedules/lower_schedule.hpp"

namespace lockstep::validation {

// A pipeline on devices: what a closed form and a simulation both speak of.
struct PipelineCase {
  const topology::Fleet* fleet = nullptr;  // must outlive the case
  std::vector<topology::VertexId> members;
  std::string name;  // of the schedule in the catalogue; empty where it is somebody's own
  std::shared_ptr<const workloads::Schedule> schedule;
  workloads::ScheduleTimes times;
  std::optional<Bytes> message;  // of a hop, where it crosses the fleet and takes no fixed time
  sim::EngineOptions engine = {};
};

sim::Job job_of(const PipelineCase& subject);

// How long it takes. Throws what the simulator throws.
Seconds simulated_time(const PipelineCase& subject, const Simulator& simulator);

// No assumption grants one thing for one form and another for another.
inline std::string variant_of(const PipelineCase&) {
  return "";
}

// The name under which the catalogue makes the same schedule; empty where none does.
std::string catalogue_name(const workloads::Schedule& schedule);

// Gives every table of times what `change` makes of it, for each chunk and microbatch.
using TableChange = std::function<Seconds(const workloads::TimeTable&, std::uint32_t chunk, std::uint32_t microbatch)>;
void change_times(PipelineCase& subject, const TableChange& change);

}  // namespace lockstep::validation
