#include "validation/lasting_slowness.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::validation {
namespace {

using topology::ChannelId;
using topology::VertexId;

double speed_of(const sim::SpeedProfile* profile) {
  return profile == nullptr ? 1 : profile->at(Seconds(0)).speed;
}

bool is_slowed(double speed) {
  return speed != 1;
}

// What one run has of it; absent where it changes or is drawn anew.
std::optional<LastingSlowness> lasting(const topology::Fleet& fleet, const sim::Conditions& conditions) {
  if (conditions.draws_work() || std::isfinite(conditions.speeds_at(Seconds(0)).until.si())) return std::nullopt;
  // What other people's flows leave depends on how many there are besides.
  if (!conditions.traffic().empty()) return std::nullopt;
  LastingSlowness slowness;
  for (std::size_t i = 0; i < fleet.vertices().size(); ++i) {
    slowness.device_speed.push_back(speed_of(conditions.of_device(VertexId(i))));
  }
  for (std::size_t i = 0; i < fleet.channels().size(); ++i) {
    slowness.channel_speed.push_back(speed_of(conditions.of_channel(ChannelId(i))));
  }
  return slowness;
}

bool concerns_only(Concern concern, const LastingSlowness& slowness) {
  const auto& others = concern == Concern::devices ? slowness.channel_speed : slowness.device_speed;
  const auto& own = concern == Concern::devices ? slowness.device_speed : slowness.channel_speed;
  // What stands still for ever is no property of a fleet.
  return std::ranges::none_of(others, is_slowed) && std::ranges::all_of(own, [](double speed) { return speed > 0; });
}

void multiply(std::vector<double>& all, const std::vector<double>& more) {
  std::ranges::transform(all, more, all.begin(), std::multiplies<>());
}

}  // namespace

double LastingSlowness::least_speed(const std::vector<VertexId>& devices) const {
  double least = 1;
  for (const VertexId device : devices) least = std::min(least, device_speed[device.value()]);
  return least;
}

std::uint32_t LastingSlowness::slow_ones(const std::vector<VertexId>& devices) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(devices, [&](VertexId device) { return is_slowed(device_speed[device.value()]); }));
}

LastingSlowness lasting_slowness(const sim::Scenario& scenario, Concern concern) {
  const topology::Fleet& fleet = scenario.fleet();
  LastingSlowness all{.device_speed = std::vector<double>(fleet.vertices().size(), 1),
                      .channel_speed = std::vector<double>(fleet.channels().size(), 1)};
  const std::vector<std::string> names = scenario.perturbations().names();
  for (const std::string& name : names) {
    sim::RunChoice alone{.healed = {.perturbations = {names.begin(), names.end()}}};
    alone.healed.perturbations.erase(name);
    const auto conditions = scenario.perturbations().conditions(fleet, scenario.seed(), alone);
    const auto one = conditions == nullptr ? std::nullopt : lasting(fleet, *conditions);
    if (!one || !concerns_only(concern, *one)) continue;
    all.perturbations.insert(name);
    multiply(all.device_speed, one->device_speed);
    multiply(all.channel_speed, one->channel_speed);
  }
  return all;
}

topology::Fleet slowed_down(const topology::Fleet& fleet, const LastingSlowness& slowness) {
  if (std::ranges::none_of(slowness.channel_speed, is_slowed)) return fleet;
  topology::FleetParts parts = fleet.parts();
  parts.known_bisection.reset();
  for (std::size_t i = 0; i < parts.channels.size(); ++i) {
    parts.channels[i].bandwidth = parts.channels[i].bandwidth * slowness.channel_speed[i];
  }
  return topology::Fleet(std::move(parts));
}

}  // namespace lockstep::validation
