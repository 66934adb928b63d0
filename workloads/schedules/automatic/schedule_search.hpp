#pragma once

#include <functional>
#include <limits>

#include "workloads/schedules/schedule_times.hpp"

// What the automatic scheduler is asked for.
namespace lockstep::workloads {

// How much a device may hold at once, in activations of one chunk for one microbatch.
struct ActivationLimit {
  double most = std::numeric_limits<double>::infinity();
  double kept_for_weights = 1;  // the part of an activation that stays until its weight gradient is done

  bool allows(double held) const { return held <= most * (1 + 1e-12); }
};

// The peak of a device in these units. Of a pair both halves are there before either is over.
double peak_activations(const std::vector<Task>& tasks, double kept_for_weights);
bool fits(const Schedule& schedule, const ActivationLimit& limit);

enum class SearchObjective : std::uint8_t {
  makespan,     // the end of the step, at which all devices update their weights
  longest_span  // of a device, from its first start to its last end: what counts where none waits for the others
};

enum class BackwardKind : std::uint8_t {
  split,  // the halves may be run apart
  whole
};

struct ScheduleSearch {
  // Times for a schedule whose chunks are placed as in the one given, which has no tasks yet. Where absent, the forward
  // and both halves of the backward of a device's share take 1 s each, and transfers nothing.
  std::function<ScheduleTimes(const Schedule&)> times;
  ActivationLimit limit;
  SearchObjective objective = SearchObjective::makespan;
  BackwardKind backward = BackwardKind::split;
  std::uint32_t most_copies = 2;  // of the model that devices may hold, for schedules of two directions
  std::uint64_t seed = 0;
  std::uint32_t budget = 400;  // orders that are looked at, whatever the machine's speed
};

}  // namespace lockstep::workloads
