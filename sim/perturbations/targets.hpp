#pragma once

#include <optional>
#include <vector>

#include "sim/perturbations/perturbation.hpp"

// Whom a perturbation concerns: all, those that are named, or a random part of them.
namespace lockstep::sim {

class DeviceTargets {
 public:
  // Reads "devices" (numbers and names), "nodes" or "racks" (numbers), or "fraction" (drawn in each run); all devices
  // unless one of them is stated.
  static DeviceTargets read(const JsonFields& fields, const topology::Fleet& fleet);
  std::vector<topology::VertexId> of_run(const RunDraws& draws) const;
  bool are_drawn() const { return fraction_.has_value(); }

 private:
  std::vector<topology::VertexId> devices_;
  std::optional<double> fraction_;
};

class LinkTargets {
 public:
  // Reads "links" (names like "a->b", or of a vertex: all that begin or end there), or "fraction"; all links unless one
  // of them is stated.
  static LinkTargets read(const JsonFields& fields, const topology::Fleet& fleet);
  std::vector<topology::ChannelId> of_run(const RunDraws& draws) const;
  // All that may be drawn.
  const std::vector<topology::ChannelId>& all() const { return channels_; }
  bool are_drawn() const { return fraction_.has_value(); }

 private:
  std::vector<topology::ChannelId> channels_;
  std::optional<double> fraction_;
};

// Reads a number that says how many times as slow something gets; `key` is required. Throws InputError unless it is
// finite and positive.
double read_factor(const JsonFields& fields, const std::string& key);

// When a speed is another: "from", "until", and with "every" again and again, each time for "lasts". Null where the
// factor is 1: what changes nothing is left out, so that it does not even change roundings.
ProfilePointer read_slow_times(const JsonFields& fields, double factor);

// "from" and "until", and distributions of how long it takes until the next ("every") and how long each "lasts".
struct RandomTimes {
  RandomWindows windows;
  SpeedWindow within;
};
RandomTimes read_random_times(const JsonFields& fields);

// "from" and "until".
SpeedWindow read_window(const JsonFields& fields);

}  // namespace lockstep::sim
