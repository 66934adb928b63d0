#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "topology/fleet_elements.hpp"
#include "workloads/costs/operators.hpp"

// How long operators take on a device: a roofline (Williams, Waterman, Patterson, CACM 52(4), 2009) per operator, whose
// roofs are what kernels reach of a device's peaks.
namespace lockstep::workloads {

// What is reached of the peak by operators of one size. Between points the logarithm of the size counts, beyond them
// the nearest point.
struct EfficiencyPoint {
  Flops size = {};
  double efficiency = 1;
};

class EfficiencyModel {
 public:
  // The same for every operator. Throws InputError unless it is in (0, 1].
  static EfficiencyModel flat(double efficiency, const std::string& where = "");

  double efficiency(OperatorKind kind, Flops size) const;
  double memory_efficiency() const { return memory_efficiency_; }
  Seconds launch() const { return launch_; }
  Json as_json() const;

 private:
  friend EfficiencyModel read_efficiency(const JsonFields& fields, const std::string& directory);
  std::array<std::vector<EfficiencyPoint>, operator_kind_count> points_;  // by kind, sizes increasing, never empty
  double memory_efficiency_ = 1;
  Seconds launch_ = {};  // of one kernel
};

// Reads the object "compute" of a training workload: "efficiency" is a number, or an object with a number or a list of
// [size, number] for each kind of operator and "default"; "memory_efficiency", "launch"; or all three from the file
// "calibration". Unknown keys are left to the caller. Throws InputError.
EfficiencyModel read_efficiency(const JsonFields& fields, const std::string& directory);

// The figures of a device that operators need. Throws InputError naming `device` where it has no compute rate;
// without a memory bandwidth, memory costs nothing.
struct DeviceRates {
  FlopRate compute = {};
  std::optional<Bandwidth> memory = {};
};
DeviceRates rates_of(const topology::DeviceModel& device, const std::string& where);

// max(flops / reached rate, bytes / reached bandwidth) + launch; nothing for no work.
Seconds duration_of(const OperatorWork& work, OperatorKind kind, const DeviceRates& rates,
                    const EfficiencyModel& efficiency);

struct PassTimes {
  Seconds forward = {};
  Seconds backward_input = {};  // without what is worked out again
  Seconds backward_weight = {};
  Seconds recompute = {};

  PassTimes& operator+=(const PassTimes& other);
};
PassTimes times_of(std::span<const Operator> operators, Recompute recompute, const DeviceRates& rates,
                   const EfficiencyModel& efficiency);

}  // namespace lockstep::workloads
