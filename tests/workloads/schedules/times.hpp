#pragma once

#include "workloads/schedules/schedule_times.hpp"

namespace lockstep::workloads {

// What one device's whole share of a microbatch takes, in seconds.
struct Share {
  double forward = 1;
  double input_gradient = 1;
  double weight_gradient = 1;
  double transfer = 0;
  double overlapped = 0;  // 0: the sum of both

  double backward() const { return input_gradient + weight_gradient; }
  double both() const { return forward + backward(); }
};

// The times of equal chunks.
inline ScheduleTimes times_of(const Share& share, std::uint32_t virtual_stages = 1) {
  auto table = [&](double time) { return TimeTable(Seconds(time / virtual_stages)); };
  ScheduleTimes times;
  times.forward = table(share.forward);
  times.backward = table(share.backward());
  times.input_gradient = table(share.input_gradient);
  times.weight_gradient = table(share.weight_gradient);
  times.transfer = Seconds(share.transfer);
  if (share.overlapped > 0) times.overlapped = table(share.overlapped);
  return times;
}

}  // namespace lockstep::workloads
