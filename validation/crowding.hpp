#pragma once

#include <optional>

#include "validation/traffic.hpp"

namespace lockstep::validation {

// The channel whose messages, each at the pace of its own route, would want most of what it can carry.
struct Crowd {
  topology::ChannelId channel;
  std::uint32_t messages = 0;  // at once
  double excess = 1;           // what they could use over what there is
};

// How messages get in each other's way. Where none do in a run without contention, that run is the fluid one as well:
// until the first two meet both are the same.
struct Crowding {
  std::optional<Crowd> worst;      // where a channel is wanted by more than it can carry
  std::uint32_t most_at_once = 1;  // messages under way that one member or agent sends, or receives
};

Crowding crowding_of(const CollectiveCase& subject, const Traffic& traffic);
// Of any job; here the run always happens.
Crowding crowding_of(const topology::Fleet& fleet, const sim::Job& job, bool eager);

// How many connections lead over each channel.
std::vector<std::uint32_t> messages_by_channel(const CollectiveCase& subject, const Traffic& traffic);

}  // namespace lockstep::validation
