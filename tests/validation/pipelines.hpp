#pragma once

#include <string>
#include <vector>

#include "tests/validation/cases.hpp"
#include "topology/fleet_builder.hpp"
#include "validation/pipeline_cross_check.hpp"
#include "workloads/schedules/schedules.hpp"

// Pipelines on devices with nothing between them, for tests.
namespace lockstep::validation {

inline const topology::Fleet& bare_devices() {
  static const topology::Fleet fleet = [] {
    topology::FleetBuilder builder("bare devices");
    for (int device = 0; device < 64; ++device) builder.add_device("d" + std::to_string(device));
    return builder.build();
  }();
  return fleet;
}

// What a device's whole share of a microbatch takes, in seconds.
struct Shares {
  double forward = 1;
  double input_gradient = 1;
  double weight_gradient = 1;
  double transfer = 0;

  double backward() const { return input_gradient + weight_gradient; }
};

inline PipelineCase pipeline_of(const std::string& name, const workloads::ScheduleShape& shape, const Shares& shares) {
  PipelineCase made{.fleet = &bare_devices(), .members = {}, .name = name, .schedule = {}, .times = {}, .message = {}};
  made.schedule = std::make_shared<const workloads::Schedule>(workloads::make_schedule(name, shape));
  const auto devices = made.fleet->devices();
  made.members.assign(devices.begin(), devices.begin() + made.schedule->devices());
  const auto table = [&](double time) { return workloads::TimeTable(Seconds(time / shape.virtual_stages)); };
  made.times.forward = table(shares.forward);
  made.times.backward = table(shares.backward());
  made.times.input_gradient = table(shares.input_gradient);
  made.times.weight_gradient = table(shares.weight_gradient);
  made.times.transfer = Seconds(shares.transfer);
  made.engine.network = "contention_free";
  return made;
}

// Device `stage` takes `factor` times as long.
inline void slow_down(PipelineCase& subject, std::uint32_t stage, double factor) {
  const workloads::Schedule& schedule = *subject.schedule;
  change_times(subject, [&](const workloads::TimeTable& table, std::uint32_t chunk, std::uint32_t m) {
    return table.at(chunk, m) * (schedule.device_of[chunk] == stage ? factor : 1.0);
  });
}

}  // namespace lockstep::validation
