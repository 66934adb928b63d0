#pragma once

#include "base/random_stream.hpp"
#include "workloads/schedules/automatic/schedule_search.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {

// What a device's whole share of a microbatch takes, in seconds, of each device.
struct DeviceShares {
  std::vector<double> forward, input_gradient, weight_gradient;
  double transfer = 0;
  std::uint32_t virtual_stages = 1;

  ScheduleTimes times(const Schedule& schedule) const {
    ScheduleTimes times;
    times.forward = table(schedule, forward, {});
    times.input_gradient = table(schedule, input_gradient, {});
    times.weight_gradient = table(schedule, weight_gradient, {});
    times.backward = table(schedule, input_gradient, weight_gradient);
    times.transfer = Seconds(transfer);
    return times;
  }

 private:
  TimeTable table(const Schedule& schedule, const std::vector<double>& one, const std::vector<double>& two) const {
    std::vector<Seconds> values;
    for (const std::uint32_t device : schedule.device_of) {
      values.emplace_back((one[device] + (two.empty() ? 0 : two[device])) / virtual_stages);
    }
    return TimeTable(std::move(values));
  }
};

// Stages that are alike or not, transfers that are free or not.
inline DeviceShares random_shares(const ScheduleShape& shape, RandomStream& random) {
  DeviceShares shares;
  shares.virtual_stages = shape.virtual_stages;
  const bool is_even = random.below(2) == 0;
  for (std::uint32_t device = 0; device < shape.stages; ++device) {
    const bool is_drawn = device == 0 || !is_even;
    shares.forward.push_back(is_drawn ? 0.5 + random.uniform() : shares.forward[0]);
    shares.input_gradient.push_back(is_drawn ? 0.5 + random.uniform() : shares.input_gradient[0]);
    shares.weight_gradient.push_back(is_drawn ? 0.2 + random.uniform() : shares.weight_gradient[0]);
  }
  if (random.below(2) == 0) shares.transfer = 0.5 * random.uniform();
  return shares;
}

// A limit that is sometimes tight, and often leaves no room for some of the handcrafted schedules.
inline ActivationLimit random_limit(const ScheduleShape& shape, RandomStream& random) {
  ActivationLimit limit;
  if (random.below(4) == 0) return limit;
  const std::uint32_t chunks = shape.virtual_stages;
  limit.most = static_cast<double>(chunks + random.below(std::uint64_t{2} * shape.stages * chunks + 2));
  if (random.below(3) == 0) limit.kept_for_weights = random.uniform();
  return limit;
}

}  // namespace lockstep::workloads
