#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "workloads/memory/remedies.hpp"
#include "workloads/schedules/schedule.hpp"
#include "workloads/training/training_spec.hpp"

// The order in which the ranks of a training job work through its microbatches.
namespace lockstep::workloads {

struct TrainingSchedule {
  std::shared_ptr<const Schedule> schedule;  // of the replicas with the most microbatches
  // Of each replica, or one for all; replicas with as many microbatches share theirs.
  std::vector<std::shared_ptr<const Schedule>> of_replica;
  // How its chunks lie on the stages. Files and the search behind "auto" decide it themselves, so the plan follows.
  ChunkRoute route = ChunkRoute::round_and_round;
};

struct TrainingScheduleSource {
  std::string directory = ".";     // that the name of a file starts from
  std::string where = "schedule";  // what the schedule stands in, for messages
  std::uint64_t seed = 0;          // of the search for "auto"
  // What a chunk computes for one microbatch on a stage; "auto" looks for the best order at these times. Absent: all
  // are equal.
  std::function<PassTimes(std::uint32_t chunk, std::uint32_t stage)> compute = {};
};

// The schedule of the job, with as many devices as the plan has stages. Throws InputError for a name that cannot have
// this shape, and for a file that is about another one.
TrainingSchedule schedule_of(const TrainingSpec& spec, const TrainingScheduleSource& source = {});

// Chunks in flight until their weight gradients are done, at each stage's peak, and microbatches in flight at the head.
InFlight in_flight_of(const Schedule& schedule);

// The same for other plans under the schedule of that name. What "auto" would find, and files, are known for the job's
// own shape alone.
InFlightOf in_flight_under(const TrainingSpec& spec, std::shared_ptr<const Schedule> schedule);

}  // namespace lockstep::workloads
