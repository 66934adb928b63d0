#pragma once

#include <set>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

// Perturbations that stay as they are for the whole run make another fleet of it rather than disturb it, and closed
// forms of unequal stages and links speak of that fleet.
namespace lockstep::validation {

// Whom perturbations concern if they can be taken for a property of the fleet.
enum class Concern : std::uint8_t { devices, links };

struct LastingSlowness {
  std::set<std::string> perturbations = {};  // by name
  std::vector<double> device_speed = {};     // of each vertex
  std::vector<double> channel_speed = {};    // of each channel

  // Of the slowest of these devices, and how many are slowed down at all.
  double least_speed(const std::vector<topology::VertexId>& devices) const;
  std::uint32_t slow_ones(const std::vector<topology::VertexId>& devices) const;
};

// Those perturbations of a scenario's run that never change and concern nothing else.
LastingSlowness lasting_slowness(const sim::Scenario& scenario, Concern concern);

// The fleet with links as slow as that.
topology::Fleet slowed_down(const topology::Fleet& fleet, const LastingSlowness& slowness);

}  // namespace lockstep::validation
